// braid.thread, the C++ half: what can be done with the handle of a thread. The classes that
// scripts see stand in thread.lua, what it has in
// common with processes in run_unit.cpp, what it runs in thread_body.cpp.
#include "unit/thread.hpp"

#include <cstring>

#include "lua_sources.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/run_unit.hpp"
#include "stdlib/thread_body.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::ObjectKind;
using runtime::ThreadUnit;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
namespace errors = vm::errors;

constexpr const char* kSource = "=braid.thread";  // of the Lua half

ThreadUnit& thread_self(const Call& call) {
  return static_cast<ThreadUnit&>(run_unit_self(call, ObjectKind::thread));
}

// new() -> handle: of a thread that is a daemon if the calling one is
Outcome thread_new(Call& call) {
  const auto* current = static_cast<const ThreadUnit*>(call.host.thread());
  auto& thread = vm::make_shared<ThreadUnit>(call, ObjectKind::thread, call.host.program());
  thread.daemon = current->daemon.load();
  return Outcome::values(1);
}

Outcome push_native_id(Call& call, Wake) {
  const std::int64_t id = of_handle(call.L).native_id;
  if (id == 0) {
    lua_pushnil(call.L);
  } else {
    lua_pushinteger(call.L, id);
  }
  return Outcome::values(1);
}

// get(thread, field) -> value; native_id waits until a thread that was started has begun.
//                                                                         [-0, +1, e, waits]
Outcome thread_get(Call& call) {
  ThreadUnit& thread = thread_self(call);
  enum Field { name, daemon, ident, native_id, id, state };
  static constexpr const char* kFields[] = {"name", "daemon", "ident", "native_id",
                                            "id",   "state",  nullptr};
  switch (luaL_checkoption(call.L, 2, nullptr, kFields)) {
    case name: {
      char text[ThreadUnit::kMostName + 1];
      thread.copy_name(text);
      lua_pushstring(call.L, text);
      break;
    }
    case daemon: lua_pushboolean(call.L, thread.daemon.load()); break;
    case native_id:
      lua_settop(call.L, 1);
      if (thread.state.load() == ThreadUnit::State::created) return push_native_id(call, {});
      return call.operate(thread, ThreadUnit::begun_op, 0, {}, "a Thread to begin", push_native_id);
    case state: lua_pushstring(call.L, state_name(thread)); break;
    case ident:
      if (thread.state.load() == ThreadUnit::State::created) {
        lua_pushnil(call.L);
        break;
      }
      [[fallthrough]];
    default: lua_pushinteger(call.L, runtime::Ref<ThreadUnit>(&thread).granule());
  }
  return Outcome::values(1);
}

// start(thread, fn, ...): the thread runs fn(...)
Outcome thread_start(Call& call) {
  constexpr auto start = [](runtime::RunUnit& unit, runtime::Message* to_call,
                            runtime::Message* surroundings) {
    return static_cast<ThreadUnit&>(unit).start(to_call, surroundings);
  };
  return start_unit(call, thread_self(call), start, kSource);
}

// set_name(thread, name)
Outcome thread_set_name(Call& call) {
  ThreadUnit& thread = thread_self(call);
  set_unit_name(call, thread);
  if (&thread == call.host.thread()) name_thread(call.host, thread.name);
  return Outcome::values(0);
}

// set_daemon(thread, flag)
Outcome thread_set_daemon(Call& call) {
  ThreadUnit& thread = thread_self(call);
  luaL_checktype(call.L, 2, LUA_TBOOLEAN);
  if (thread.state.load() != ThreadUnit::State::created) {
    return Outcome::raise(errors::kInvalidState, "daemon cannot be set once a thread was started");
  }
  thread.daemon = lua_toboolean(call.L, 2) != 0;
  return Outcome::values(0);
}

// current() -> handle
int thread_current(lua_State* L) {
  push_shared(L, *vm::Host::of(L).thread());
  return 1;
}

// main() -> handle
int thread_main(lua_State* L) {
  push_shared(L, *vm::Host::of(L).program().main_unit);
  return 1;
}

// list() -> handles of all threads that are alive, the oldest first, and how many they are
int thread_list(lua_State* L) {
  return push_unit_list(L, ObjectKind::thread, [](lua_State* state, UnitPlaces& places) {
    runtime::each_unclosed_thread(vm::Host::of(state).program(), [&](ThreadUnit& thread) {
      // The main one counts as long as the program waits for others.
      if (thread.role == ThreadUnit::Role::supervisor) return;
      if (!thread.has_ended() || thread.is_main) places.add(thread);
    });
  });
}

constexpr luaL_Reg kCore[] = {{"new", bind<thread_new>},
                              {"start", bind<thread_start>},
                              {"get", bind<thread_get>},
                              {"set_name", bind<thread_set_name>},
                              {"set_daemon", bind<thread_set_daemon>},
                              {"current", thread_current},
                              {"main", thread_main},
                              {"list", thread_list},
                              {nullptr, nullptr}};

constexpr luaL_Reg kHandleMethods[] = {{nullptr, nullptr}};

}  // namespace

void register_thread(lua_State* L) {
  if (vm::Host::of(L).handle_type(ObjectKind::thread) != nullptr) return;
  register_shared(L, ObjectKind::thread, kHandleMethods);
  lua_pop(L, 1);
}

int load_thread(lua_State* L) {
  register_thread(L);
  luaL_newlib(L, kCore);
  lua_newtable(L);
  luaL_setfuncs(L, kThreadMethods.data(), 0);
  load_unit_module(L, "Thread", lua_thread, kSource);
  return 1;
}

}  // namespace braid::stdlib
