// braid.task, the C++ half: what a Task can do, and the functions that suspend one. What is built
// from these stands in task.lua.
#include "stdlib/modules.hpp"

#include "lua_sources.hpp"
#include "vm/call.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::OnCancel;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;
using vm::Task;
namespace errors = vm::errors;

Task& self(const Call& call) { return call.self<Task>(vm::Type::task, "Task"); }

// Waits until the task at argument 1 is done, then finishes. Everything that joins comes here.
Outcome join_then(Call& call, vm::Finish finish) {
  Task& task = self(call);
  const Patience patience = call.opt_patience(2);
  if (!patience.immediate && call.scheduler().current().cancelled) return Outcome::cancelled();
  if (task.done()) return finish(call, Wake::ready);
  if (&task == call.host.current_task()) {
    return Outcome::raise(errors::kInvalidState, "a task cannot wait for itself");
  }
  return call.wait(&task.joiners, patience, "a task to end", finish);
}

// The result of a task that is done, as if it had been a call.
Outcome push_result(Call& call, Wake) {
  lua_State* L = call.L;
  Task& task = self(call);
  switch (task.result) {
    case Task::Result::pending: return Outcome::raise(errors::kTimeout, "timeout");
    case Task::Result::returned: {
      if (task.results == 0) return Outcome::values(0);
      lua_getiuservalue(L, 1, vm::kTaskResult);
      if (task.results == 1) return Outcome::values(1);
      luaL_checkstack(L, task.results, "too many results");
      const int packed = lua_gettop(L);
      for (int i = 1; i <= task.results; ++i) lua_rawgeti(L, packed, i);
      return Outcome::values(task.results);
    }
    case Task::Result::failed:
      call.host.take_error(L, 1);
      call.host.crosses(L, 1);
      [[fallthrough]];
    case Task::Result::cancelled:
      lua_getiuservalue(L, 1, vm::kTaskResult);
      return Outcome::raise_top();
  }
  __builtin_unreachable();
}

// task:result([timeout]) -> values...                                     [-0, +n, e, waits]
Outcome task_result(Call& call) { return join_then(call, push_result); }

// task:join([timeout]) -> boolean                                         [-0, +1, e, waits]
Outcome task_join(Call& call) {
  return join_then(call, [](Call& after, Wake) {
    lua_pushboolean(after.L, self(after).done());
    return Outcome::values(1);
  });
}

// task:exception([timeout]) -> error | nil                                [-0, +1, e, waits]
Outcome task_exception(Call& call) {
  return join_then(call, [](Call& after, Wake wake) {
    switch (self(after).result) {
      case Task::Result::returned: lua_pushnil(after.L); return Outcome::values(1);
      case Task::Result::failed:
        after.host.take_error(after.L, 1);
        lua_getiuservalue(after.L, 1, vm::kTaskResult);
        return Outcome::values(1);
      default: return push_result(after, wake);
    }
  });
}

// join_shielded(task): returns when the task is done, whatever becomes of the caller meanwhile.
Outcome join_shielded(Call& call) {
  Task& task = self(call);
  if (task.done()) return Outcome::values(0);
  return call.wait_shielded(&task.joiners, "a shielded task to end", OnCancel::stay,
                            [](Call&, Wake) { return Outcome::values(0); });
}

// sleep(seconds[, value]) -> value                                        [-0, +1, e, waits]
Outcome sleep_op(Call& call) {
  const double seconds = call.seconds(1);
  lua_settop(call.L, 2);
  const vm::Finish finish = [](Call&, Wake) { return Outcome::values(1); };
  runtime::Scheduler& scheduler = call.scheduler();
  if (scheduler.current().cancelled) return Outcome::cancelled();
  if (seconds <= 0) {
    scheduler.park_ready();
  } else {
    scheduler.park(nullptr, runtime::deadline_after(seconds), OnCancel::raise, "sleep");
  }
  return Outcome::park(finish);
}

// yield()                                                                 [-0, +0, e, waits]
Outcome yield_op(Call& call) {
  if (call.scheduler().current().cancelled) return Outcome::cancelled();
  call.scheduler().park_ready();
  return Outcome::park(nullptr);
}

void check_spawned(const Call& call) {
  lua_State* L = call.L;
  lua_Debug frame;
  lua_getstack(L, 0, &frame);
  lua_getinfo(L, "n", &frame);
  if (frame.name != nullptr) return call.check_callable(1);
  // Under pcall Lua looks the name up by the function, and finds any of the three that it has.
  if (luaL_getmetafield(L, 1, "__call") == LUA_TNIL) {
    luaL_error(L, "bad argument #1 to 'spawn' (function expected, got %s)", luaL_typename(L, 1));
  }
  lua_pop(L, 1);
}

// spawn(fn, ...) -> Task; a Task is handed back as it is                  [-0, +1, e]
Outcome spawn(Call& call) {
  if (call.to<Task>(vm::Type::task, 1) != nullptr) {
    lua_settop(call.L, 1);
    return Outcome::values(1);
  }
  if (!lua_isfunction(call.L, 1)) check_spawned(call);
  call.host.spawn(call.L, lua_gettop(call.L) - 1);
  return Outcome::values(1);
}

// task:cancel([message]) -> boolean: false when it is done already        [-0, +1, m]
Outcome task_cancel(Call& call) {
  Task& task = self(call);
  (void)luaL_optstring(call.L, 2, nullptr);
  const bool live = !task.done();
  if (live && !lua_isnoneornil(call.L, 2)) {
    call.host.push_extras(call.L, 1);
    lua_pushvalue(call.L, 2);
    lua_setfield(call.L, -2, "message");
  }
  if (live) call.scheduler().cancel(task.root);
  lua_pushboolean(call.L, live);
  return Outcome::values(1);
}

Outcome task_done(Call& call) {
  lua_pushboolean(call.L, self(call).done());
  return Outcome::values(1);
}

Outcome task_is_alive(Call& call) {
  lua_pushboolean(call.L, !self(call).done());
  return Outcome::values(1);
}

Outcome task_cancelled(Call& call) {
  lua_pushboolean(call.L, self(call).result == Task::Result::cancelled);
  return Outcome::values(1);
}

// task:traceback() -> string | nil: where its error was raised, or where it waits   [-0, +1, m]
Outcome task_traceback(Call& call) {
  Task& task = self(call);
  if (!task.done()) {
    luaL_traceback(call.L, task.coroutine, nullptr, 0);
  } else if (lua_getiuservalue(call.L, 1, vm::kTaskExtras) == LUA_TTABLE) {
    lua_getfield(call.L, -1, "traceback");
  }
  return Outcome::values(1);
}

// task:add_done_callback(fn): fn(task) runs as a task of its own, soon after the end
Outcome task_add_done_callback(Call& call) {
  lua_State* L = call.L;
  Task& task = self(call);
  call.check_callable(2);
  if (task.done()) {
    lua_settop(L, 2);
    lua_pushvalue(L, 1);
    call.host.spawn(L, 1).callback = true;
    return Outcome::values(0);
  }
  call.host.push_extras(L, 1);
  if (lua_getfield(L, -1, "callbacks") == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "callbacks");
  }
  lua_pushvalue(L, 2);
  lua_rawseti(L, -2, luaL_len(L, -2) + 1);
  return Outcome::values(0);
}

// task:remove_done_callback(fn) -> how many were removed
Outcome task_remove_done_callback(Call& call) {
  lua_State* L = call.L;
  (void)self(call);
  luaL_checkany(L, 2);
  lua_Integer removed = 0;
  call.host.push_extras(L, 1);
  if (lua_getfield(L, -1, "callbacks") == LUA_TTABLE) {
    const int callbacks = lua_gettop(L);
    const lua_Integer count = luaL_len(L, callbacks);
    lua_Integer kept = 0;
    for (lua_Integer i = 1; i <= count; ++i) {
      lua_rawgeti(L, callbacks, i);
      if (lua_rawequal(L, -1, 2)) {
        ++removed;
        lua_pop(L, 1);
      } else {
        lua_rawseti(L, callbacks, ++kept);
      }
    }
    for (lua_Integer i = kept + 1; i <= count; ++i) {
      lua_pushnil(L);
      lua_rawseti(L, callbacks, i);
    }
  }
  lua_pushinteger(L, removed);
  return Outcome::values(1);
}

// task.name, or a method
Outcome task_index(Call& call) {
  (void)self(call);
  const char* key = lua_tostring(call.L, 2);
  if (key != nullptr && std::string_view(key) == "name") {
    vm::Host::push_name_at(call.L, 1);
  } else {
    lua_getmetatable(call.L, 1);
    lua_getfield(call.L, -1, "methods");
    lua_pushvalue(call.L, 2);
    lua_rawget(call.L, -2);
  }
  return Outcome::values(1);
}

Outcome task_newindex(Call& call) {
  (void)self(call);
  const char* key = lua_tostring(call.L, 2);
  if (key == nullptr || std::string_view(key) != "name") {
    luaL_error(call.L, "cannot set field '%s' of a Task", luaL_tolstring(call.L, 2, nullptr));
  }
  luaL_checkstring(call.L, 3);
  call.host.push_extras(call.L, 1);
  lua_pushvalue(call.L, 3);
  lua_setfield(call.L, -2, "name");
  return Outcome::values(0);
}

Outcome task_tostring(Call& call) {
  Task& task = self(call);
  static constexpr const char* kWords[] = {"pending", "returned", "failed", "cancelled"};
  vm::Host::push_name_at(call.L, 1);
  lua_pushfstring(call.L, "Task (%s, %s)", lua_tostring(call.L, -1),
                  kWords[static_cast<int>(task.result)]);
  return Outcome::values(1);
}

// current_task() -> Task | nil
Outcome current_task(Call& call) {
  if (Task* task = call.host.current_task()) {
    call.host.push_task(call.L, *task);
  } else {
    lua_pushnil(call.L);
  }
  return Outcome::values(1);
}

// all_tasks() -> list of those that are not done, oldest first
Outcome all_tasks(Call& call) {
  auto index = static_cast<lua_Integer>(call.scheduler().live());
  lua_createtable(call.L, static_cast<int>(index), 0);
  for (const runtime::Unit* unit = call.scheduler().first_live(); unit != nullptr;
       unit = unit->next_live) {
    call.host.push_task(call.L, static_cast<const Task&>(*unit));
    lua_rawseti(call.L, -2, index--);
  }
  return Outcome::values(1);
}

// cancelled() -> is the running unit being cancelled?
Outcome is_cancelled(Call& call) {
  lua_pushboolean(call.L, call.scheduler().current().cancelled);
  return Outcome::values(1);
}

// checkpoint(): raises if it is
Outcome checkpoint(Call& call) {
  return call.scheduler().current().cancelled ? Outcome::cancelled() : Outcome::values(0);
}

// take_error(task) -> the error of a failed task, which will not be reported now
Outcome take_error(Call& call) {
  (void)self(call);
  call.host.take_error(call.L, 1);
  lua_getiuservalue(call.L, 1, vm::kTaskResult);
  return Outcome::values(1);
}

// set_origin(value, traceback | nil): the error, about to be raised, comes from another task
Outcome set_origin(Call& call) {
  lua_settop(call.L, 2);
  call.host.set_origin(call.L);
  return Outcome::values(0);
}

// new_error(kind, message) -> error table
Outcome new_error(Call& call) {
  const char* kind = luaL_checkstring(call.L, 1);
  lua_settop(call.L, 2);
  errors::push_with_message(call.L, kind);
  return Outcome::values(1);
}

// is_kind(value, kind) -> boolean
Outcome is_kind(Call& call) {
  const char* kind = luaL_checkstring(call.L, 2);
  lua_pushboolean(call.L, errors::is_kind(call.L, 1, kind));
  return Outcome::values(1);
}

// failed(task) -> did it end with an error?
Outcome failed(Call& call) {
  lua_pushboolean(call.L, self(call).result == Task::Result::failed);
  return Outcome::values(1);
}

// is_task(value) -> is it a Task?
Outcome is_task(Call& call) {
  lua_pushboolean(call.L, call.to<Task>(vm::Type::task, 1) != nullptr);
  return Outcome::values(1);
}

constexpr luaL_Reg kMethods[] = {
    {"join", bind<task_join>},
    {"result", bind<task_result>},
    {"exception", bind<task_exception>},
    {"done", bind<task_done>},
    {"is_alive", bind<task_is_alive>},
    {"cancelled", bind<task_cancelled>},
    {"cancel", bind<task_cancel>},
    {"traceback", bind<task_traceback>},
    {"add_done_callback", bind<task_add_done_callback>},
    {"remove_done_callback", bind<task_remove_done_callback>},
    {nullptr, nullptr},
};

constexpr luaL_Reg kMetamethods[] = {
    {"__index", bind<task_index>},
    {"__newindex", bind<task_newindex>},
    {"__tostring", bind<task_tostring>},
    {nullptr, nullptr},
};

constexpr luaL_Reg kCore[] = {
    {"sleep", bind<sleep_op>},
    {"yield", bind<yield_op>},
    {"spawn", bind<spawn>},
    {"current_task", bind<current_task>},
    {"all_tasks", bind<all_tasks>},
    {"join_shielded", bind<join_shielded>},
    {"cancelled", bind<is_cancelled>},
    {"checkpoint", bind<checkpoint>},
    {"take_error", bind<take_error>},
    {"set_origin", bind<set_origin>},
    {"new_error", bind<new_error>},
    {"is_kind", bind<is_kind>},
    {"is_task", bind<is_task>},
    {"failed", bind<failed>},
    {nullptr, nullptr},
};

}  // namespace

int sleep(lua_State* L) { return bind<sleep_op>(L); }

void register_task(lua_State* L) {
  vm::register_type(L, vm::Type::task, "Task", kMetamethods);
  luaL_newlib(L, kMethods);
  lua_setfield(L, -2, "methods");
  lua_pop(L, 1);
}

int load_task(lua_State* L) {
  luaL_newlib(L, kCore);
  luaL_setfuncs(L, kScopeFunctions, 0);
  luaL_setfuncs(L, kWatchFunctions, 0);
  luaL_setfuncs(L, kFutureFunctions, 0);
  luaL_setfuncs(L, kUnitFunctions, 0);
  const int core = lua_gettop(L);
  lua_pushvalue(L, core);
  run_embedded(L, lua_task, "=braid.task", 1, 1);
  lua_pushvalue(L, -1);
  lua_pushvalue(L, core);
  run_embedded(L, lua_loop, "=braid.task", 2, 0);
  return 1;
}

}  // namespace braid::stdlib
