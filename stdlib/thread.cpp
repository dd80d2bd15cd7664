// braid.thread, the C++ half: what can be done with the handle of a thread. The classes that
// scripts see stand in thread.lua, what a thread runs in thread_body.cpp.
#include "unit/thread.hpp"

#include <system_error>

#include "lua_sources.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
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
using vm::Patience;
namespace errors = vm::errors;

ThreadUnit& self(const Call& call, int index = 1) {
  return vm::shared<ThreadUnit>(call, ObjectKind::thread, "Thread", index);
}

// new(name | nil, daemon | nil) -> handle
Outcome thread_new(Call& call) {
  const char* name = luaL_optstring(call.L, 1, nullptr);
  const auto* current = static_cast<const ThreadUnit*>(call.host.thread());
  const bool daemon = lua_isnil(call.L, 2) ? current->daemon.load() : lua_toboolean(call.L, 2) != 0;
  auto& thread = vm::make_shared<ThreadUnit>(call, ObjectKind::thread, call.host.program());
  char numbered[ThreadUnit::kNameBytes];
  if (name == nullptr) {
    std::snprintf(numbered, sizeof numbered, "Thread-%u",
                  call.host.program().threads_named.fetch_add(1) + 1);
    name = numbered;
  }
  thread.set_name(name);
  thread.daemon = daemon;
  return Outcome::values(1);
}

// start(handle, fn, ...): the thread runs fn(...)
Outcome thread_start(Call& call) {
  ThreadUnit& thread = self(call);
  if (thread.state.load() != ThreadUnit::State::created) {
    return Outcome::raise(errors::kInvalidState, "a thread can be started only once");
  }
  runtime::Message* message = make_message(call.L, lua_gettop(call.L) - 1, codec::Origin::call);
  if (message == nullptr) return Outcome::raise_top();
  try {
    thread.start(message);
  } catch (const std::system_error& error) {
    runtime::drop_message(message);
    lua_pushfstring(call.L, "cannot start a thread: %s", error.what());
    return Outcome::raise_top();
  } catch (...) {
    runtime::drop_message(message);
    throw;
  }
  return Outcome::values(0);
}

// Waits until the thread has ended, then finishes.
Outcome join_then(Call& call, ThreadUnit::Operation operation, vm::Finish finish) {
  ThreadUnit& thread = self(call);
  const Patience patience = call.opt_patience(2);
  if (thread.state.load() == ThreadUnit::State::created) {
    return Outcome::raise(errors::kInvalidState, "cannot wait for a thread that was not started");
  }
  if (&thread == call.host.thread()) {
    return Outcome::raise(errors::kInvalidState, "a thread cannot wait for itself");
  }
  return call.operate(thread, operation, 0, patience, "a Thread to end", finish);
}

// join(handle[, timeout]) -> boolean                                      [-0, +1, e, waits]
Outcome thread_join(Call& call) {
  return join_then(call, ThreadUnit::join_op, [](Call& after, Wake wake) {
    lua_pushboolean(after.L, wake == Wake::ready);
    return Outcome::values(1);
  });
}

// The results of a thread that has ended, or its error as a value.                [-0, +n, e]
int push_values(lua_State* L, const ThreadUnit& thread) {
  if (thread.values) return push_message(L, *thread.values);
  lua_pushliteral(L, "not enough memory");  // not even for the message
  return 1;
}

int raise_or_return(lua_State* L) {
  auto& thread = static_cast<ThreadUnit&>(*static_cast<vm::Handle*>(lua_touserdata(L, 1))->object);
  const int count = push_values(L, thread);
  return thread.result == ThreadUnit::Result::returned ? count : lua_error(L);
}

// result(handle[, timeout]) -> values...                                  [-0, +n, e, waits]
Outcome thread_result(Call& call) {
  return join_then(call, ThreadUnit::result_op, [](Call&, Wake wake) {
    if (wake == Wake::timeout) return Outcome::raise(errors::kTimeout, "timeout");
    return Outcome::go_on(raise_or_return);
  });
}

int error_or_nil(lua_State* L) {
  auto& thread = static_cast<ThreadUnit&>(*static_cast<vm::Handle*>(lua_touserdata(L, 1))->object);
  if (thread.result == ThreadUnit::Result::failed) return push_values(L, thread);
  lua_pushnil(L);
  return thread.result == ThreadUnit::Result::returned ? 1 : raise_or_return(L);
}

// exception(handle[, timeout]) -> error | nil                             [-0, +1, e, waits]
Outcome thread_exception(Call& call) {
  return join_then(call, ThreadUnit::result_op, [](Call&, Wake wake) {
    if (wake == Wake::timeout) return Outcome::raise(errors::kTimeout, "timeout");
    return Outcome::go_on(error_or_nil);
  });
}

// traceback(handle) -> string | nil
Outcome thread_traceback(Call& call) {
  const ThreadUnit& thread = self(call);
  if (thread.state.load() == ThreadUnit::State::ended && thread.traceback) {
    lua_pushlstring(call.L, reinterpret_cast<const char*>(thread.traceback->bytes()),
                    thread.traceback->size);
  } else {
    lua_pushnil(call.L);
  }
  return Outcome::values(1);
}

// state(handle) -> "created" | "running" | "returned" | "failed" | "cancelled"
Outcome thread_state(Call& call) {
  const ThreadUnit& thread = self(call);
  static constexpr const char* kEnded[] = {"failed", "returned", "failed", "cancelled"};
  switch (thread.state.load()) {
    case ThreadUnit::State::created: lua_pushliteral(call.L, "created"); break;
    case ThreadUnit::State::running: lua_pushliteral(call.L, "running"); break;
    case ThreadUnit::State::ended:
      lua_pushstring(call.L, kEnded[static_cast<int>(thread.result)]);
      break;
  }
  return Outcome::values(1);
}

// cancel(handle) -> boolean: false when it has ended
Outcome thread_cancel(Call& call) {
  lua_pushboolean(call.L, self(call).cancel());
  return Outcome::values(1);
}

// get(handle, field) -> value
Outcome thread_get(Call& call) {
  ThreadUnit& thread = self(call);
  static constexpr const char* kFields[] = {"name", "daemon", "ident", "native_id", "id", nullptr};
  const int field = luaL_checkoption(call.L, 2, nullptr, kFields);
  char name[ThreadUnit::kNameBytes];
  std::int64_t native_id = 0;
  {
    runtime::MutexLock lock(thread.mutex);
    std::memcpy(name, thread.name, sizeof name);
    native_id = thread.native_id;
  }
  switch (field) {
    case 0: lua_pushstring(call.L, name); break;
    case 1: lua_pushboolean(call.L, thread.daemon.load()); break;
    case 2:
    case 3:
      if (native_id == 0) {
        lua_pushnil(call.L);
      } else {
        lua_pushinteger(call.L, native_id);
      }
      break;
    default: lua_pushinteger(call.L, runtime::Ref<ThreadUnit>(&thread).granule());
  }
  return Outcome::values(1);
}

// set_name(handle, name)
Outcome thread_set_name(Call& call) {
  ThreadUnit& thread = self(call);
  const char* name = luaL_checkstring(call.L, 2);
  thread.set_name(name);
  if (&thread == call.host.thread()) call.host.set_thread_name(name);
  return Outcome::values(0);
}

// set_daemon(handle, flag)
Outcome thread_set_daemon(Call& call) {
  ThreadUnit& thread = self(call);
  if (thread.state.load() != ThreadUnit::State::created) {
    return Outcome::raise(errors::kInvalidState, "cannot make a started thread a daemon");
  }
  luaL_checktype(call.L, 2, LUA_TBOOLEAN);
  thread.daemon = lua_toboolean(call.L, 2) != 0;
  return Outcome::values(0);
}

// current() -> handle
int thread_current(lua_State* L) {
  push_shared(L, *vm::Host::of(L).thread());
  return 1;
}

// A handle of the n-th thread that is alive, or nil.                              [-0, +1, m]
Outcome thread_nth(Call& call) {
  lua_Integer wanted = luaL_checkinteger(call.L, 1);
  vm::Handle& handle = vm::new_handle(call.L, call.host, ObjectKind::thread);
  runtime::each_thread(call.host.program(), [&](ThreadUnit& thread) {
    if (--wanted != 0) return;
    runtime::retain(thread);
    handle.object = &thread;
  });
  if (!handle.object) lua_pushnil(call.L);
  return Outcome::values(1);
}

constexpr luaL_Reg kCore[] = {{"new", bind<thread_new>},
                              {"start", bind<thread_start>},
                              {"join", bind<thread_join>},
                              {"result", bind<thread_result>},
                              {"exception", bind<thread_exception>},
                              {"traceback", bind<thread_traceback>},
                              {"state", bind<thread_state>},
                              {"cancel", bind<thread_cancel>},
                              {"get", bind<thread_get>},
                              {"set_name", bind<thread_set_name>},
                              {"set_daemon", bind<thread_set_daemon>},
                              {"current", thread_current},
                              {"nth", bind<thread_nth>},
                              {nullptr, nullptr}};

constexpr luaL_Reg kMethods[] = {{nullptr, nullptr}};

}  // namespace

void register_thread(lua_State* L) {
  if (vm::Host::of(L).handle_type(ObjectKind::thread) != nullptr) return;
  register_shared(L, ObjectKind::thread, kMethods);
  lua_pop(L, 1);
}

int load_thread(lua_State* L) {
  register_thread(L);
  luaL_newlib(L, kCore);
  run_embedded(L, lua_thread, "=braid.thread", 1, 1);
  return 1;
}

}  // namespace braid::stdlib
