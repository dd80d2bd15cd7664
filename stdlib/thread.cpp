// braid.thread, the C++ half: what can be done with the handle of a thread. The classes that
// scripts see stand in thread.lua, how one is started in thread_start.cpp, what it runs in
// thread_body.cpp.
#include "unit/thread.hpp"

#include <cstring>

#include "lua_sources.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/thread.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::ObjectKind;
using runtime::ThreadUnit;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;
namespace errors = vm::errors;

ThreadUnit& of_handle(lua_State* L) {
  return static_cast<ThreadUnit&>(*static_cast<vm::Handle*>(lua_touserdata(L, 1))->object);
}

// new() -> handle: of a thread that is a daemon if the calling one is
Outcome thread_new(Call& call) {
  const auto* current = static_cast<const ThreadUnit*>(call.host.thread());
  auto& thread = vm::make_shared<ThreadUnit>(call, ObjectKind::thread, call.host.program());
  thread.daemon = current->daemon.load();
  return Outcome::values(1);
}

// Waits until the thread has ended, then finishes.
Outcome join_then(Call& call, ThreadUnit::Operation operation, vm::Finish finish) {
  ThreadUnit& thread = thread_self(call);
  const Patience patience = call.opt_patience(2);
  if (thread.state.load() == ThreadUnit::State::created) {
    return Outcome::raise(errors::kInvalidState, "cannot wait for a thread that was not started");
  }
  if (&thread == call.host.thread()) {
    return Outcome::raise(errors::kInvalidState, "a thread cannot wait for itself");
  }
  return call.operate(thread, operation, 0, patience, "a Thread to end", finish);
}

// thread:join([timeout]) -> boolean                                       [-0, +1, e, waits]
Outcome thread_join(Call& call) {
  return join_then(call, ThreadUnit::join_op, [](Call& after, Wake wake) {
    lua_pushboolean(after.L, wake == Wake::ready);
    return Outcome::values(1);
  });
}

// The results of a thread that has ended, or its error as a value.                [-0, +n, e]
int push_values(lua_State* L, const ThreadUnit& thread) {
  if (thread.values) return push_message(L, *thread.values);
  if (thread.result == ThreadUnit::Result::returned) return 0;
  lua_pushliteral(L, "not enough memory");  // not even for the message
  return 1;
}

// The traceback of the error where it was raised, or nil.                          [-0, +1, m]
void push_traceback(lua_State* L, const ThreadUnit& thread) {
  if (thread.has_ended() && thread.traceback) {
    lua_pushlstring(L, reinterpret_cast<const char*>(thread.traceback->bytes()),
                    thread.traceback->size);
  } else {
    lua_pushnil(L);
  }
}

int raise_or_return(lua_State* L) {
  const ThreadUnit& thread = of_handle(L);
  const int count = push_values(L, thread);
  if (thread.result == ThreadUnit::Result::returned) return count;
  luaL_checkstack(L, 2, nullptr);
  lua_pushvalue(L, -1);
  push_traceback(L, thread);
  vm::Host::of(L).set_origin(L, "thread");
  return lua_error(L);
}

// thread:result([timeout]) -> values...                                   [-0, +n, e, waits]
Outcome thread_result(Call& call) {
  return join_then(call, ThreadUnit::result_op, [](Call&, Wake wake) {
    if (wake == Wake::timeout) return Outcome::raise(errors::kTimeout, "timeout");
    return Outcome::go_on(raise_or_return);
  });
}

int error_or_nil(lua_State* L) {
  const ThreadUnit& thread = of_handle(L);
  if (thread.result == ThreadUnit::Result::failed) return push_values(L, thread);
  if (thread.result == ThreadUnit::Result::cancelled) return raise_or_return(L);
  lua_pushnil(L);
  return 1;
}

// thread:exception([timeout]) -> error | nil                              [-0, +1, e, waits]
Outcome thread_exception(Call& call) {
  return join_then(call, ThreadUnit::result_op, [](Call&, Wake wake) {
    if (wake == Wake::timeout) return Outcome::raise(errors::kTimeout, "timeout");
    return Outcome::go_on(error_or_nil);
  });
}

// thread:traceback() -> string | nil
Outcome thread_traceback(Call& call) {
  push_traceback(call.L, thread_self(call));
  return Outcome::values(1);
}

// thread:is_alive() -> boolean
Outcome thread_is_alive(Call& call) {
  lua_pushboolean(call.L, thread_self(call).state.load() == ThreadUnit::State::running);
  return Outcome::values(1);
}

// thread:done() -> boolean
Outcome thread_done(Call& call) {
  lua_pushboolean(call.L, thread_self(call).has_ended());
  return Outcome::values(1);
}

// thread:cancelled() -> boolean
Outcome thread_cancelled(Call& call) {
  const ThreadUnit& thread = thread_self(call);
  lua_pushboolean(call.L, thread.has_ended() && thread.result == ThreadUnit::Result::cancelled);
  return Outcome::values(1);
}

// thread:cancel() -> boolean: false when it has ended
Outcome thread_cancel(Call& call) {
  lua_pushboolean(call.L, thread_self(call).cancel());
  return Outcome::values(1);
}

const char* state_name(const ThreadUnit& thread) {
  if (thread.has_ended()) {
    static constexpr const char* kEnded[] = {"failed", "returned", "failed", "cancelled"};
    return kEnded[static_cast<int>(thread.result)];
  }
  return thread.state.load() == ThreadUnit::State::running ? "running" : "created";
}

Outcome push_native_id(Call& call, Wake) {
  const auto id = of_handle(call.L).native_id;
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

// set_name(thread, name)
Outcome thread_set_name(Call& call) {
  ThreadUnit& thread = thread_self(call);
  std::size_t size = 0;
  const char* name = luaL_checklstring(call.L, 2, &size);
  luaL_argcheck(call.L, size <= ThreadUnit::kMostName, 2, "a name has at most 255 bytes");
  luaL_argcheck(call.L, std::strlen(name) == size, 2, "a name has no zero bytes");
  thread.set_name(name);
  if (&thread == call.host.thread()) call.host.set_thread_name(name);
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

// The handles to fill, which a list on the Lua stack owns: nothing is made while the list of
// threads is locked.
struct Places {
  vm::Handle** handles;
  std::size_t room;
  std::size_t count;
};

Outcome fill_places(Call& call) {
  auto& places = *static_cast<Places*>(lua_touserdata(call.L, 1));
  places.count = 0;
  runtime::each_unclosed_thread(call.host.program(), [&](ThreadUnit& thread) {
    // The main one counts as long as the program waits for others.
    if (thread.has_ended() && !thread.is_main) return;
    if (places.count < places.room) {
      runtime::retain(thread);
      places.handles[places.count]->object = &thread;
    }
    ++places.count;
  });
  return Outcome::values(0);
}

// list() -> handles of all threads that are alive, the oldest first, and how many they are
int thread_list(lua_State* L) {
  vm::Host& host = vm::Host::of(L);
  Places places{nullptr, 8, 0};
  for (;;) {
    lua_settop(L, 0);
    lua_createtable(L, static_cast<int>(places.room), 0);
    places.handles =
        static_cast<vm::Handle**>(lua_newuserdatauv(L, places.room * sizeof(vm::Handle*), 0));
    for (std::size_t i = 0; i < places.room; ++i) {
      places.handles[i] = &vm::new_handle(L, host, ObjectKind::thread);
      lua_rawseti(L, 1, static_cast<lua_Integer>(i) + 1);
    }
    lua_pushcfunction(L, bind<fill_places>);
    lua_pushlightuserdata(L, &places);
    lua_call(L, 1, 0);
    if (places.count <= places.room) break;
    places.room = places.count + places.count / 4;
  }
  lua_settop(L, 1);
  for (std::size_t i = places.count; i < places.room; ++i) {
    lua_pushnil(L);
    lua_rawseti(L, 1, static_cast<lua_Integer>(i) + 1);
  }
  lua_pushinteger(L, static_cast<lua_Integer>(places.count));
  return 2;
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

// Methods of the class Thread. Being C functions they travel by name, wherever a script mentions
// them.
constexpr luaL_Reg kMethods[] = {{"join", bind<thread_join>},
                                 {"result", bind<thread_result>},
                                 {"exception", bind<thread_exception>},
                                 {"traceback", bind<thread_traceback>},
                                 {"is_alive", bind<thread_is_alive>},
                                 {"done", bind<thread_done>},
                                 {"cancelled", bind<thread_cancelled>},
                                 {"cancel", bind<thread_cancel>},
                                 {nullptr, nullptr}};

constexpr luaL_Reg kHandleMethods[] = {{nullptr, nullptr}};

}  // namespace

ThreadUnit& thread_self(const Call& call) {
  if (lua_istable(call.L, 1)) {
    lua_pushliteral(call.L, "handle");
    lua_rawget(call.L, 1);
    const bool is_thread = vm::to_shared<ThreadUnit>(call, ObjectKind::thread, -1) != nullptr;
    if (is_thread) lua_copy(call.L, -1, 1);
    lua_pop(call.L, 1);
  }
  return vm::shared<ThreadUnit>(call, ObjectKind::thread, "Thread");
}

void register_thread(lua_State* L) {
  if (vm::Host::of(L).handle_type(ObjectKind::thread) != nullptr) return;
  register_shared(L, ObjectKind::thread, kHandleMethods);
  lua_pop(L, 1);
}

int load_thread(lua_State* L) {
  register_thread(L);
  luaL_newlib(L, kCore);
  luaL_newlib(L, kMethods);
  run_embedded(L, lua_thread, kThreadSource, 2, 1);
  return 1;
}

}  // namespace braid::stdlib
