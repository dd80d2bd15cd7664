// Lua's coroutine library with waits that pass through. A coroutine that waits yields kParked; its
// resume hands that on to whoever resumed the coroutine it runs in, out to the scheduler, and the
// way back is the same. To the script a coroutine that waits is one that is running: its
// status is "normal" and it cannot be resumed.
#include <lua.hpp>

#include "vm/host.hpp"
#include "vm/lua_libs.hpp"

namespace braid::vm {
namespace {

lua_State* get_coroutine(lua_State* L) {
  lua_State* co = lua_tothread(L, 1);
  luaL_argexpected(L, co, 1, "thread");
  return co;
}

// An error has left co, unless co could not be resumed at all. Its <close> variables run now when
// scopes are still open in it, or when the unit is on its way out: coroutine.resume as such would
// leave them.
bool is_unwinding(lua_State* co, std::uint64_t mark) {
  if (const int left = lua_status(co); left == LUA_OK || left == LUA_YIELD) return false;
  Host& host = Host::of(co);
  runtime::Scheduler& scheduler = host.scheduler();
  if (scheduler.current().scope->context == co || scheduler.unwinding_since(mark)) {
    lua_resetthread(co);
  }
  return scheduler.unwinding_since(mark);
}

// Is co running, or waiting, or has it resumed another?
bool is_active(lua_State* co) {
  if (lua_status(co) == LUA_YIELD) return is_parked(co);
  lua_Debug frame;
  return lua_status(co) == LUA_OK && lua_getstack(co, 0, &frame) != 0;
}

// What drive() returns instead of a number of results: an error is on top of L.
constexpr int kFailed = -1;
constexpr int kUnwinding = -2;  // and nobody may catch it, because the unit is being cancelled

int fail(lua_State* L, const char* message) {
  lua_pushstring(L, message);
  return kFailed;
}

// Moves what the coroutine has left on its stack to L.
int take_results(lua_State* L, lua_State* co, int status, int results, std::uint64_t mark) {
  if (status == LUA_OK || status == LUA_YIELD) {
    if (!lua_checkstack(L, results + 1)) {
      lua_pop(co, results);
      return fail(L, "too many results to resume");
    }
    lua_xmove(co, L, results);
    return results;
  }
  const bool unwinding = is_unwinding(co, mark);
  lua_xmove(co, L, 1);
  return unwinding ? kUnwinding : kFailed;
}

// Runs co until it yields to the script, returns or fails.
template <lua_KFunction again>
[[gnu::always_inline]] inline int drive(lua_State* L, Host& host, lua_State* co, int arguments,
                                        std::uint64_t mark) {
  runtime::Scheduler& scheduler = host.scheduler();
  for (;;) {
    lua_State* outer = host.enter(co);
    scheduler.attach_scopes(co);
    int results = 0;
    const int status = lua_resume(co, L, arguments, &results);
    host.back(outer, co);
    if (status != LUA_YIELD || !host.has_parked(co)) {
      if (status == LUA_OK || status == LUA_YIELD) scheduler.detach_scopes(co);
      return take_results(L, co, status, results, mark);
    }
    if (outer == L && lua_isyieldable(L)) {
      return host.yield_parked(L, static_cast<lua_KContext>(mark), again);
    }
    host.leave(L);
    host.resume_parked(co);
    arguments = 0;
  }
}

// A frame of its own on purpose: after the longjmp of a yield the processor mispredicts returns,
// least so when the frames lie as they do in the stock library (measured: 6 ns of 86).
template <lua_KFunction again>
[[gnu::noinline]] int start(lua_State* L, lua_State* co, int arguments) {
  Host& host = Host::of(L);
  // lua_resume knows of every other state in which it cannot be resumed. Whoever waits while
  // somebody else runs has a task.
  if (host.scheduler().live() != 0 && is_parked(co)) {
    return fail(L, "cannot resume non-suspended coroutine");
  }
  if (!lua_checkstack(co, arguments)) return fail(L, "too many arguments to resume");
  lua_xmove(L, co, arguments);
  return drive<again>(L, host, co, arguments, host.scheduler().mark());
}

// The coroutine waited, and its unit goes on.
template <lua_KFunction again>
int go_on(lua_State* L, lua_State* co, lua_KContext mark) {
  Host& host = Host::of(L);
  host.resume_parked(co);
  return drive<again>(L, host, co, 0, static_cast<std::uint64_t>(mark));
}

int finish_resume(lua_State* L, int results) {
  if (results >= 0) {
    lua_pushboolean(L, 1);
    lua_insert(L, -results - 1);
    return results + 1;
  }
  if (results == kUnwinding) return pass_cancelled(L);
  lua_pushboolean(L, 0);
  lua_insert(L, -2);
  return 2;
}

int resume_again(lua_State* L, int, lua_KContext mark) {
  return finish_resume(L, go_on<resume_again>(L, lua_tothread(L, 1), mark));
}

int coroutine_resume(lua_State* L) {
  lua_State* co = get_coroutine(L);
  return finish_resume(L, start<resume_again>(L, co, lua_gettop(L) - 1));
}

// An error is raised again; a string gets the position of the call in front, as an error raised
// here would.
int finish_wrap(lua_State* L, lua_State* co, int results) {
  if (results >= 0) return results;
  if (results == kUnwinding) return pass_cancelled(L);
  int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) {
    status = lua_resetthread(co);
    lua_xmove(co, L, 1);
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

lua_State* wrapped_coroutine(lua_State* L) { return lua_tothread(L, lua_upvalueindex(1)); }

int wrap_again(lua_State* L, int, lua_KContext mark) {
  lua_State* co = wrapped_coroutine(L);
  return finish_wrap(L, co, go_on<wrap_again>(L, co, mark));
}

int wrapped(lua_State* L) {
  lua_State* co = wrapped_coroutine(L);
  return finish_wrap(L, co, start<wrap_again>(L, co, lua_gettop(L)));
}

int coroutine_wrap(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State* co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushcclosure(L, wrapped, 1);
  return 1;
}

int coroutine_yield(lua_State* L) {
  // A task has no resumer whom the script could mean.
  if (Host::is_task_body(L)) return luaL_error(L, "attempt to yield from outside a coroutine");
  return lua_yield(L, lua_gettop(L));
}

const char* status_of(lua_State* L, lua_State* co) {
  if (L == co) return "running";
  if (is_active(co)) return "normal";
  const int status = lua_status(co);
  if (status == LUA_YIELD) return "suspended";
  return status == LUA_OK && lua_gettop(co) > 0 ? "suspended" : "dead";
}

int coroutine_status(lua_State* L) {
  lua_pushstring(L, status_of(L, get_coroutine(L)));
  return 1;
}

int coroutine_isyieldable(lua_State* L) {
  lua_State* co = lua_isnone(L, 1) ? L : get_coroutine(L);
  lua_pushboolean(L, lua_isyieldable(co) && !Host::is_task_body(co) && !is_parked(co) &&
                         (co == L || !Host::of(L).owns_coroutine(co)));
  return 1;
}

int coroutine_running(lua_State* L) {
  const int is_main = lua_pushthread(L);
  if (Host::is_task_body(L)) Host::of(L).current_task()->exposed = true;
  lua_pushboolean(L, is_main);
  return 2;
}

int coroutine_close(lua_State* L) {
  lua_State* co = get_coroutine(L);
  const char* status = status_of(L, co);
  if (status[0] != 'd' && status[0] != 's') {
    return luaL_error(L, "cannot close a %s coroutine", status);
  }
  runtime::Scheduler& scheduler = Host::of(L).scheduler();
  const std::uint64_t mark = scheduler.mark();
  if (lua_resetthread(co) == LUA_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushboolean(L, 0);
  lua_xmove(co, L, 1);
  return scheduler.unwinding_since(mark) ? pass_cancelled(L) : 2;
}

const luaL_Reg kFunctions[] = {
    {"resume", coroutine_resume},   {"wrap", coroutine_wrap},
    {"yield", coroutine_yield},     {"status", coroutine_status},
    {"running", coroutine_running}, {"isyieldable", coroutine_isyieldable},
    {"close", coroutine_close},     {nullptr, nullptr},
};

}  // namespace

void open_coroutine(lua_State* L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  if (lua_getfield(L, -1, "coroutine") == LUA_TTABLE) luaL_setfuncs(L, kFunctions, 0);
  lua_pop(L, 2);
}

}  // namespace braid::vm
