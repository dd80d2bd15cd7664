// A task from its start to its end: the coroutine it runs in, its result, its error. What is said
// of a failed one on stderr stands in task_report.cpp.
#include <cstdio>

#include "vm/errors.hpp"
#include "vm/host.hpp"

namespace braid::vm {

using runtime::Unit;

namespace {

constexpr int kTask = 1;  // on the coroutine's stack
constexpr int kHandler = 2;

}  // namespace

Task& Host::spawn(lua_State* L, int args) {
  luaL_checkstack(L, 6, "too many arguments");
  const int fn = lua_gettop(L) - args;
  lua_State* co = nullptr;
  if (pooled_ > 0) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, pool_ref_);
    lua_rawgeti(L, -1, pooled_);
    --pooled_;
    lua_remove(L, -2);
    co = lua_tothread(L, -1);
    if (lua_Hook hook = lua_gethook(L); hook != nullptr || lua_gethook(co) != nullptr) {
      lua_sethook(co, hook, lua_gethookmask(L), lua_gethookcount(L));
    }
  } else {
    co = lua_newthread(L);
    if (pool_room_ < kPooledCoroutines) {
      // Its place in the pool is made here: recycle() must not allocate.
      lua_rawgeti(L, LUA_REGISTRYINDEX, pool_ref_);
      lua_pushboolean(L, 0);
      lua_rawseti(L, -2, pool_room_ + 1);
      ++pool_room_;
      lua_pop(L, 1);
    }
  }
  if (!lua_checkstack(co, args + 8)) luaL_error(L, "too many arguments");
  auto* task = new (lua_newuserdatauv(L, sizeof(Task), 2)) Task;
  lua_rawgetp(L, LUA_REGISTRYINDEX, type(Type::task));
  lua_setmetatable(L, -2);  // fn args... co task
  lua_rotate(L, -2, 1);
  lua_setiuservalue(L, -2, kTaskResult);  // fn args... task
  if (free_slots_.empty()) {
    // Room to give back every slot there is: that must not fail.
    bool room = true;
    try {
      const auto slots = static_cast<std::size_t>(slots_) + 1;
      if (free_slots_.capacity() < slots) free_slots_.reserve(2 * slots);
      free_slots_.push_back(slots_ + 1);
      ++slots_;
    } catch (const std::bad_alloc&) {
      room = false;
    }
    if (!room) luaL_error(L, "not enough memory");
  }
  task->slot = free_slots_.back();
  set_slot(L, task->slot);  // the last step that can fail
  free_slots_.pop_back();
  task->coroutine = co;
  lua_insert(L, fn);  // task fn args...
  lua_pushcfunction(co, task_body);
  lua_pushvalue(L, fn);
  lua_xmove(L, co, 1);
  lua_xmove(L, co, args + 1);
  scheduler_.start(*task);
  keep_until_drained(L);
  return *task;
}

// Anchors the task on top of the stack.
void Host::set_slot(lua_State* L, int slot) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, tasks_ref_);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, slot);
  lua_pop(L, 1);
}

void Host::release_slot(lua_State* L, int slot) noexcept {
  lua_rawgeti(L, LUA_REGISTRYINDEX, tasks_ref_);
  lua_pushboolean(L, 0);  // not nil: the table keeps its shape
  lua_rawseti(L, -2, slot);
  lua_pop(L, 1);
  free_slots_.push_back(slot);
}

void Host::push_task(lua_State* L, const Task& task) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, tasks_ref_);
  lua_rawgeti(L, -1, task.slot);
  lua_remove(L, -2);
}

void Host::push_extras(lua_State* L, int index) {
  index = lua_absindex(L, index);
  if (lua_getiuservalue(L, index, kTaskExtras) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, index, kTaskExtras);
}

bool Host::owns_coroutine(lua_State* co) const noexcept {
  for (const Unit* unit = scheduler_.first_live(); unit != nullptr; unit = unit->next_live) {
    if (static_cast<const Task*>(unit)->coroutine == co) return true;
  }
  return false;
}

void Host::step(Unit& unit) noexcept {
  auto& task = static_cast<Task&>(unit);
  lua_State* co = task.coroutine;
  int arguments = 0;
  if (task.started) {
    resume_parked(co);
  } else {
    task.started = true;
    arguments = lua_gettop(co) - 1;
  }
  current_ = t_task_body = co;
  int results = 0;
  const int status = lua_resume(co, nullptr, arguments, &results);
  current_ = t_task_body = nullptr;
  if (hooked_ == co) restore_hook();
  if (status == LUA_YIELD) {
    if (has_parked(co)) return;
    // Some C module yielded past every resume there is. Nobody can answer it.
    lua_settop(co, 0);
    lua_resetthread(co);
    lua_settop(co, 0);
    lua_pushliteral(co, "attempt to yield from outside a coroutine");
    fail_with_top(task, co);
  } else if (status != LUA_OK) {
    fail_with_top(task, co);
  } else if (!task.exposed) {
    recycle(co);
  }
}

// task_body(task, fn, args...)
int Host::task_body(lua_State* L) {
  Task& task = *static_cast<Task*>(lua_touserdata(L, kTask));
  lua_pushcfunction(L, task_error_handler);
  lua_insert(L, kHandler);
  int status = LUA_OK;
  if (task.root.cancelled) {
    // Cancelled before its first step: it never runs.
    lua_settop(L, kHandler);
    of(L).push_cancelled(L);
    status = LUA_ERRRUN;
  } else {
    status = lua_pcallk(L, lua_gettop(L) - kHandler - 1, LUA_MULTRET, kHandler, 0, task_end);
  }
  return task_end(L, status, 0);
}

int Host::task_error_handler(lua_State* L) {
  Host& host = of(L);
  Task* task = host.current_task();
  if (task == nullptr || errors::is_kind(L, 1, errors::kCancelled)) return 1;
  luaL_checkstack(L, 6, nullptr);
  host.push_task(L, *task);
  host.push_extras(L, -1);
  host.push_tracebacks(L, 1, nullptr);
  lua_setfield(L, -2, "traceback");
  lua_settop(L, 1);
  return 1;
}

int Host::task_end(lua_State* L, int status, lua_KContext) {
  Host& host = of(L);
  Task& task = *static_cast<Task*>(lua_touserdata(L, kTask));
  luaL_checkstack(L, 8, nullptr);
  if (status == LUA_OK || status == LUA_YIELD) {
    const int results = lua_gettop(L) - kHandler;
    if (results == 0) {
      lua_pushnil(L);
    } else if (results > 1) {
      lua_createtable(L, results, 0);
      lua_insert(L, kHandler + 1);
      for (int i = results; i > 0; --i) lua_rawseti(L, kHandler + 1, i);
    }
    task.results = results;
    lua_setiuservalue(L, kTask, kTaskResult);
    task.result = Task::Result::returned;
  } else if (task.root.delivered != 0 && errors::is_kind(L, -1, errors::kCancelled)) {
    lua_setiuservalue(L, kTask, kTaskResult);
    task.result = Task::Result::cancelled;
  } else {
    if (host.unmask_cancelled(L)) {
      host.push_extras(L, kTask);
      lua_insert(L, -2);
      lua_setfield(L, -2, "traceback");
      lua_pop(L, 1);
    }
    host.guard_error(L, kTask);
    lua_setiuservalue(L, kTask, kTaskResult);
    task.result = Task::Result::failed;
  }
  host.ended(L, task);
  return 0;
}

// The result is in place: callbacks, joiners, anchor.
void Host::ended(lua_State* co, Task& task) {
  task.coroutine = nullptr;
  scheduler_.finish(task);
  lua_settop(co, kTask);
  if (lua_getiuservalue(co, kTask, kTaskExtras) == LUA_TTABLE &&
      lua_getfield(co, -1, "callbacks") == LUA_TTABLE) {
    const lua_Integer count = luaL_len(co, -1);
    for (lua_Integer i = 1; i <= count; ++i) {
      lua_rawgeti(co, -1, i);
      lua_pushvalue(co, kTask);
      spawn(co, 1).callback = true;
      lua_pop(co, 1);
    }
  }
  lua_settop(co, kTask);
  release_slot(co, task.slot);
  lua_settop(co, 0);
}

// The end itself failed (no memory left for the result or the report). No allocation here.
void Host::fail_with_top(Task& task, lua_State* co) noexcept {
  push_task(scratch_, task);
  lua_xmove(co, scratch_, 1);
  const char* text = lua_tostring(scratch_, -1);
  std::fprintf(stderr, "braid: uncaught error %s task 'Task-%llu': %s\n",
               task.done() ? "before the callbacks of" : "in",
               static_cast<unsigned long long>(task.id), text != nullptr ? text : "(no text)");
  if (!task.done()) {
    lua_setiuservalue(scratch_, -2, kTaskResult);
    task.result = Task::Result::failed;
    task.coroutine = nullptr;
    scheduler_.finish(task);
  }
  release_slot(scratch_, task.slot);
  lua_settop(scratch_, 0);
}

void Host::recycle(lua_State* co) noexcept {
  if (pooled_ >= pool_room_) return;
  lua_settop(co, 0);
  lua_rawgeti(co, LUA_REGISTRYINDEX, pool_ref_);
  lua_pushthread(co);
  lua_rawseti(co, -2, ++pooled_);
  lua_settop(co, 0);
}

}  // namespace braid::vm
