#include "vm/call.hpp"

#include <cmath>

#include "vm/errors.hpp"

namespace braid::vm {

using runtime::SharedWaitNode;
using runtime::Wake;

namespace {

[[gnu::noinline]] Outcome finish_guarded(lua_State* L, Finish finish, Wake wake) {
  try {
    Call call(L);
    return finish(call, wake);
  } catch (const std::bad_alloc&) {
    return Outcome::no_memory();
  }
}

// The unit runs again. What ended the wait is the same for every operation, unless it is the thing
// itself or the deadline, or the operation has asked for all: then the operation goes on.
Outcome after_wait(lua_State* L, Finish finish) {
  Host& host = Host::of(L);
  const runtime::Unit& unit = host.scheduler().current();
  const Wake wake = unit.wake;
  if (wake == Wake::ready || wake == Wake::timeout || unit.finishes_always) {
    return finish_guarded(L, finish, wake);
  }
  return Call(L).ended_by(wake);
}

int resumed(lua_State* L, int, lua_KContext context) {
  return settle(L, after_wait(L, reinterpret_cast<Finish>(context)));
}

}  // namespace

int settle(lua_State* L, Outcome outcome) {
  for (;;) {
    switch (outcome.kind) {
      case Outcome::Kind::values: return outcome.count;
      case Outcome::Kind::raise_top: return lua_error(L);
      case Outcome::Kind::raise_kind:
        errors::push(L, outcome.error_kind, outcome.message);
        return lua_error(L);
      case Outcome::Kind::cancelled: Host::of(L).raise_cancelled(L);
      case Outcome::Kind::no_memory: return luaL_error(L, "not enough memory");
      case Outcome::Kind::go_on: return outcome.function(L);
      case Outcome::Kind::park: {
        Host& host = Host::of(L);
        if (host.can_yield(L)) {
          return host.yield_parked(L, reinterpret_cast<lua_KContext>(outcome.finish),
                                   outcome.finish != nullptr ? resumed : nullptr);
        }
        host.leave(L);
        if (outcome.finish == nullptr) return 0;
        outcome = after_wait(L, outcome.finish);
      }
    }
  }
}

Outcome Call::ended_by(Wake wake) {
  if (wake == Wake::cancelled) return Outcome::cancelled();
  host.push_wake_error(L, wake);
  return Outcome::raise_top();
}

SharedWaitNode& Call::prepare(runtime::Object& object, std::uint32_t operation,
                              std::int64_t argument, const Patience& patience) {
  runtime::Waiter& waiter = scheduler().prepare_shared(patience.deadline);
  runtime::prepare(waiter.node, waiter, object, operation, argument);
  return waiter.node;
}

Outcome Call::start(const Patience& patience, const char* what, Finish finish,
                    runtime::OnCancel on_cancel) {
  SharedWaitNode& shared = node();
  if (patience.immediate) {
    return finish(*this, runtime::attempt(shared) ? Wake::ready : Wake::timeout);
  }
  if (on_cancel == runtime::OnCancel::raise && scheduler().current().cancelled) {
    return Outcome::cancelled();
  }
  // Asked before the operation: from then on there is no way back.
  if (const char* problem = host.refusal(L)) {
    if (runtime::attempt(shared)) return finish(*this, Wake::ready);
    lua_pushstring(L, problem);
    return Outcome::raise_top();
  }
  if (patience.deadline == runtime::kForever && runtime::type_of(*shared.object).owner != nullptr) {
    if (runtime::attempt(shared)) return finish(*this, Wake::ready);
    return start_endless(what, finish, on_cancel);
  }
  if (runtime::start(shared)) return finish(*this, Wake::ready);
  scheduler().park_shared(patience.deadline, on_cancel, what);
  return Outcome::park(finish);
}

Outcome Call::start_always(const Patience& patience, const char* what, Finish finish,
                           runtime::OnCancel on_cancel) {
  if (on_cancel == runtime::OnCancel::raise && scheduler().current().cancelled &&
      !patience.immediate) {
    return finish(*this, Wake::cancelled);
  }
  const Outcome outcome = start(patience, what, finish, on_cancel);
  if (outcome.kind == Outcome::Kind::park) scheduler().current().finishes_always = true;
  return outcome;
}

// A wait for another unit without end: it must not be a wait for oneself.
Outcome Call::start_endless(const char* what, Finish finish, runtime::OnCancel on_cancel) {
  runtime::Waiter& waiter = *scheduler().current().waiter;
  if (runtime::start(waiter.node)) return finish(*this, Wake::ready);
  char report[512];
  if (waiter.closes_cycle(report, sizeof report) && waiter.give_up()) {
    waiter.end();
    lua_pushfstring(L, "deadlock: %s", report);
    errors::push_with_message(L, errors::kDeadlock);
    return Outcome::raise_top();
  }
  scheduler().park_shared(runtime::kForever, on_cancel, what);
  return Outcome::park(finish);
}

double Call::seconds(int index) const {
  const double value = luaL_checknumber(L, index);
  luaL_argcheck(L, !std::isnan(value), index, "number expected, got nan");
  return value;
}

Patience Call::opt_patience(int index) const {
  if (lua_isnoneornil(L, index)) return {};
  const double value = seconds(index);
  if (value <= 0) return {0, true};
  return {runtime::deadline_after(value), false};
}

Patience Call::patience(double seconds) noexcept {
  if (std::isinf(seconds) && seconds > 0) return {};
  if (seconds <= 0) return {0, true};
  return {runtime::deadline_after(seconds), false};
}

void Call::check_callable(int index) const {
  if (lua_isfunction(L, index)) return;
  if (luaL_getmetafield(L, index, "__call") != LUA_TNIL) {
    lua_pop(L, 1);
    return;
  }
  luaL_typeerror(L, index, "function");
}

void register_type(lua_State* L, Type type, const char* name, const luaL_Reg* methods) {
  luaL_newmetatable(L, name);
  luaL_setfuncs(L, methods, 0);
  if (lua_getfield(L, -1, "__index") == LUA_TNIL) {
    lua_pushvalue(L, -2);
    lua_setfield(L, -3, "__index");
  }
  lua_pop(L, 1);
  const void* metatable = lua_topointer(L, -1);
  // By address too, so that new_object need not look a name up.
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, metatable);
  Host::of(L).set_type(type, metatable);
}

}  // namespace braid::vm
