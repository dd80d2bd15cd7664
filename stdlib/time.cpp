// braid.time: clocks, sleep, and timers that call a function later.
#include <time.h>

#include "stdlib/modules.hpp"
#include "vm/call.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::Nanos;
using vm::bind;
using vm::Call;
using vm::Outcome;

// A call that is due later, once or again and again. While it is pending it keeps the program
// going and is anchored; when it fires, the function runs as a task.
//   user value 1: the list {fn, args...}
struct ScriptTimer : runtime::Timer {
  ScriptTimer() noexcept
      : Timer([](runtime::Timer& timer) noexcept { static_cast<ScriptTimer&>(timer).due(); }) {}

  void due() noexcept;

  vm::Host* host = nullptr;
  Nanos deadline = 0;
  Nanos interval = 0;  // 0 = once
  int anchor = LUA_NOREF;
};

void release(lua_State* L, ScriptTimer& timer) noexcept {
  timer.host->scheduler().remove_timer(timer);
  if (timer.anchor == LUA_NOREF) return;
  luaL_unref(L, LUA_REGISTRYINDEX, timer.anchor);
  timer.anchor = LUA_NOREF;
  timer.host->scheduler().release();
}

// (timer): spawns the call and, if it repeats, waits for the next time. Protected.
int spawn_call(lua_State* L) {
  auto& timer = *static_cast<ScriptTimer*>(lua_touserdata(L, 1));
  lua_rawgeti(L, LUA_REGISTRYINDEX, timer.anchor);
  lua_getiuservalue(L, -1, 1);
  const int call = lua_gettop(L);
  const auto length = static_cast<int>(luaL_len(L, call));
  luaL_checkstack(L, length + 4, "too many arguments");
  for (int i = 1; i <= length; ++i) lua_rawgeti(L, call, i);
  timer.host->spawn(L, length - 1).callback = true;
  return 0;
}

void ScriptTimer::due() noexcept {
  lua_State* L = host->scratch();
  if (host->scheduler().ending()) return release(L, *this);
  const int top = lua_gettop(L);
  lua_pushcfunction(L, spawn_call);
  lua_pushlightuserdata(L, this);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) host->report(L, "timer");
  lua_settop(L, top);
  if (interval > 0) {
    // The next one counts from this one's moment, so the rate does not drift; what was missed
    // because the thread was busy is not made up for.
    const Nanos now = runtime::monotonic_now();
    deadline = deadline + interval > now ? deadline + interval : now + interval;
    try {
      host->scheduler().add_timer(*this, deadline);
      return;
    } catch (const std::bad_alloc&) {
      lua_pushliteral(L, "not enough memory");
      host->report(L, "timer");
      lua_settop(L, top);
    }
  }
  release(L, *this);
}

// Reads (seconds, fn, ...) and starts the timer.
Outcome start_timer(Call& call, bool repeats) {
  lua_State* L = call.L;
  const double seconds = call.seconds(1);
  if (repeats) luaL_argcheck(L, seconds > 0, 1, "interval must be positive");
  call.check_callable(2);
  const int length = lua_gettop(L) - 1;
  lua_createtable(L, length, 0);
  lua_insert(L, 2);
  for (int i = length; i > 0; --i) lua_rawseti(L, 2, i);
  auto& timer = vm::new_object<ScriptTimer>(L, call.host, vm::Type::timer, 1);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, 1);
  timer.host = &call.host;
  const Nanos now = runtime::monotonic_now();
  timer.deadline = runtime::deadline_after(seconds);
  timer.interval = repeats ? timer.deadline - now : 0;
  if (repeats && timer.interval <= 0) timer.interval = 1;
  lua_pushvalue(L, -1);
  const int anchor = luaL_ref(L, LUA_REGISTRYINDEX);
  try {
    call.scheduler().add_timer(timer, timer.deadline);
  } catch (const std::bad_alloc&) {
    luaL_unref(L, LUA_REGISTRYINDEX, anchor);
    throw;
  }
  timer.anchor = anchor;
  call.scheduler().hold();
  call.host.keep_until_drained(L);
  return Outcome::values(1);
}

// after(seconds, fn, ...) -> Timer                                        [-0, +1, e]
Outcome time_after(Call& call) { return start_timer(call, false); }

// every(seconds, fn, ...) -> Timer                                        [-0, +1, e]
Outcome time_every(Call& call) { return start_timer(call, true); }

ScriptTimer& self(const Call& call) { return call.self<ScriptTimer>(vm::Type::timer, "Timer"); }

// timer:cancel() -> was it pending?                                       [-0, +1, -]
Outcome timer_cancel(Call& call) {
  ScriptTimer& timer = self(call);
  lua_pushboolean(call.L, timer.anchor != LUA_NOREF);
  release(call.L, timer);
  return Outcome::values(1);
}

// timer:pending() -> boolean
Outcome timer_pending(Call& call) {
  lua_pushboolean(call.L, self(call).anchor != LUA_NOREF);
  return Outcome::values(1);
}

double read_clock(clockid_t clock) noexcept {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// time() -> seconds since 1970, with fractions
int time_time(lua_State* L) {
  lua_pushnumber(L, read_clock(CLOCK_REALTIME));
  return 1;
}

// monotonic(), perf_counter() -> seconds of the clock that waits are measured with
int time_monotonic(lua_State* L) {
  lua_pushnumber(L, read_clock(CLOCK_MONOTONIC));
  return 1;
}

constexpr luaL_Reg kTimerMethods[] = {{"cancel", bind<timer_cancel>},
                                      {"pending", bind<timer_pending>},
                                      {"__close", bind<timer_cancel>},
                                      {nullptr, nullptr}};

constexpr luaL_Reg kFunctions[] = {{"sleep", sleep},
                                   {"time", time_time},
                                   {"monotonic", time_monotonic},
                                   {"perf_counter", time_monotonic},
                                   {"after", bind<time_after>},
                                   {"every", bind<time_every>},
                                   {nullptr, nullptr}};

}  // namespace

int load_time(lua_State* L) {
  vm::register_type(L, vm::Type::timer, "Timer", kTimerMethods);
  lua_pop(L, 1);
  luaL_newlib(L, kFunctions);
  return 1;
}

}  // namespace braid::stdlib
