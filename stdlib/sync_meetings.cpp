// braid.sync: where units meet. Barrier, and Once.
#include <cmath>

#include "stdlib/handles.hpp"
#include "stdlib/sync.hpp"
#include "sync/barrier.hpp"
#include "sync/once.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::ObjectKind;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;
namespace errors = vm::errors;

// --- Barrier ---

using runtime::Barrier;

Barrier& barrier_self(const Call& call) {
  return vm::shared<Barrier>(call, ObjectKind::barrier, "Barrier");
}

// Barrier(parties[, action[, timeout]]) -> Barrier
Outcome barrier_new(Call& call) {
  lua_State* L = call.L;
  const lua_Integer parties = luaL_checkinteger(L, 1);
  luaL_argcheck(L, parties > 0 && parties <= UINT32_MAX, 1, "number of parties must be positive");
  const bool acts = !lua_isnoneornil(L, 2);
  if (acts) call.check_callable(2);
  const double seconds = lua_isnoneornil(L, 3) ? -1 : std::fmax(0, call.seconds(3));
  lua_settop(L, 2);
  auto& barrier = vm::make_shared<Barrier>(call, ObjectKind::barrier,
                                           static_cast<std::uint32_t>(parties), seconds);
  if (acts) {
    lua_pushvalue(L, 2);
    runtime::Message* action = make_message(L, 1, codec::Origin::value);
    if (action == nullptr) return Outcome::raise_top();
    lua_pop(L, 1);
    barrier.action = action;
  }
  return Outcome::values(1);
}

Outcome broken() { return Outcome::raise(errors::kBrokenBarrier, "the Barrier is broken"); }

// The result of wait: the party's number; or nil and the generation, when it is to run the action.
Outcome barrier_passed(Call& call, Wake wake) {
  Barrier& barrier = barrier_self(call);
  const std::int64_t result = call.node().argument;
  if (result == Barrier::kPending) {  // the time is up
    barrier.abort();
    return broken();
  }
  (void)wake;
  if (result == Barrier::kBroken) return broken();
  if (result != Barrier::kRunAction) {
    lua_pushinteger(call.L, result);
    return Outcome::values(1);
  }
  lua_pushnil(call.L);
  {
    runtime::MutexLock lock(barrier.mutex);
    lua_pushinteger(call.L, barrier.generation);
  }
  return Outcome::values(2);
}

// barrier:arrive([timeout]) -> number | nil, generation                   [-0, +1|2, e, waits]
Outcome barrier_arrive(Call& call) {
  Barrier& barrier = barrier_self(call);
  Patience patience = call.opt_patience(2);
  if (lua_isnoneornil(call.L, 2) && barrier.timeout >= 0) {
    patience = {runtime::deadline_after(barrier.timeout), barrier.timeout == 0};
  }
  return call.operate(barrier, Barrier::wait_op, Barrier::kPending, patience, "a Barrier",
                      barrier_passed);
}

// barrier:finish_action(generation) -> number
Outcome barrier_finish_action(Call& call) {
  const auto generation = static_cast<std::uint32_t>(luaL_checkinteger(call.L, 2));
  const std::int64_t result = barrier_self(call).finish_action(generation);
  if (result == Barrier::kBroken) return broken();
  lua_pushinteger(call.L, result);
  return Outcome::values(1);
}

// barrier:action() -> a copy of the function
int barrier_action(lua_State* L) { return push_message(L, *barrier_self(Call(L)).action); }

// barrier:abort()
Outcome barrier_abort(Call& call) {
  barrier_self(call).abort();
  return Outcome::values(0);
}

// barrier:reset()
Outcome barrier_reset(Call& call) {
  barrier_self(call).reset();
  return Outcome::values(0);
}

// barrier:state() -> parties, how many wait, whether it is broken
Outcome barrier_state(Call& call) {
  Barrier& barrier = barrier_self(call);
  std::uint32_t arrived = 0;
  bool is_broken = false;
  {
    runtime::MutexLock lock(barrier.mutex);
    arrived = barrier.arrived;
    is_broken = barrier.broken;
  }
  lua_pushinteger(call.L, barrier.parties);
  lua_pushinteger(call.L, arrived);
  lua_pushboolean(call.L, is_broken);
  return Outcome::values(3);
}

constexpr luaL_Reg kBarrierMethods[] = {{"arrive", bind<barrier_arrive>},
                                        {"finish_action", bind<barrier_finish_action>},
                                        {"action", barrier_action},
                                        {"abort", bind<barrier_abort>},
                                        {"reset", bind<barrier_reset>},
                                        {"state", bind<barrier_state>},
                                        {nullptr, nullptr}};

// --- Once ---

using runtime::Once;

Once& once_self(const Call& call) { return vm::shared<Once>(call, ObjectKind::once, "Once"); }

// Once() -> Once
Outcome once_new(Call& call) {
  vm::make_shared<Once>(call, ObjectKind::once);
  return Outcome::values(1);
}

// once:begin() -> boolean: is the caller to do it?                        [-0, +1, e, waits]
Outcome once_begin(Call& call) {
  Once& once = once_self(call);
  const auto* unit = call.scheduler().current().waiter;
  if (unit != nullptr &&
      once.runner.load() ==
          runtime::Ref<runtime::Waiter>(const_cast<runtime::Waiter*>(unit)).granule()) {
    return Outcome::raise(errors::kDeadlock, "deadlock: the unit is inside this Once already");
  }
  return call.operate(once, Once::begin_op, 0, {}, "a Once", [](Call& after, Wake) {
    lua_pushboolean(after.L, after.node().argument == 0);
    return Outcome::values(1);
  });
}

// once:finish(successful)
Outcome once_finish(Call& call) {
  once_self(call).end(lua_toboolean(call.L, 2) != 0);
  return Outcome::values(0);
}

constexpr luaL_Reg kOnceMethods[] = {
    {"begin", bind<once_begin>}, {"finish", bind<once_finish>}, {nullptr, nullptr}};

constexpr luaL_Reg kFunctions[] = {
    {"Barrier", bind<barrier_new>}, {"Once", bind<once_new>}, {nullptr, nullptr}};

}  // namespace

void add_meetings(lua_State* L, int module, int classes) {
  lua_pushvalue(L, module);
  luaL_setfuncs(L, kFunctions, 0);
  lua_pop(L, 1);
  add_class(L, classes, ObjectKind::barrier, kBarrierMethods);
  add_class(L, classes, ObjectKind::once, kOnceMethods);
}

}  // namespace braid::stdlib
