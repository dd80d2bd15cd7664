// braid.sync: Condition. A wait is two: for the notification, without the lock, and for the lock,
// which the unit has again however the first one ended.
#include "stdlib/sync.hpp"
#include "sync/condition.hpp"

namespace braid::stdlib {
namespace {

using runtime::Condition;
using runtime::Lock;
using runtime::ObjectKind;
using runtime::OnCancel;
using runtime::Waiter;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
namespace errors = vm::errors;

Condition& self(const Call& call) {
  return vm::shared<Condition>(call, ObjectKind::condition, "Condition");
}
Lock& lock_of(const Call& call) { return *self(call).lock; }

bool holds_lock(const Call& call, const Condition& condition) {
  return condition.lock->owned_by(call.scheduler().current().waiter);
}

// Condition([lock]) -> Condition                                          [-0, +1, e]
Outcome condition_new(Call& call) {
  lua_settop(call.L, 1);
  if (lua_isnil(call.L, 1)) {
    vm::make_shared<Lock>(call, ObjectKind::lock, true);
    lua_replace(call.L, 1);
  }
  vm::make_shared<Condition>(call, ObjectKind::condition,
                             vm::shared<Lock>(call, ObjectKind::lock, "Lock"));
  return Outcome::values(1);
}

// condition:acquire([timeout]) -> true[, "owner_died"] | false            [-0, +1|2, e, waits]
Outcome condition_acquire(Call& call) {
  Lock& lock = lock_of(call);
  return acquire_lock(call, lock, call.opt_patience(2));
}

// condition:try_acquire() -> true[, "owner_died"] | false                 [-0, +1|2, e]
Outcome condition_try_acquire(Call& call) { return acquire_lock(call, lock_of(call), {0, true}); }

// condition:release()
Outcome condition_release(Call& call) { return release_lock(call, lock_of(call)); }

// condition:locked() -> boolean
Outcome condition_locked(Call& call) {
  lua_pushboolean(call.L, lock_of(call).locked());
  return Outcome::values(1);
}

// --- wait ---

// On the stack of a wait: the condition, the timeout, and these.
constexpr int kDepth = 3;     // how often the unit had acquired the lock
constexpr int kWake = 4;      // how the first wait ended
constexpr int kPassesOn = 5;  // was it told in somebody's place?

Outcome take_lock_back(Call& call);

// The unit raises, so somebody else is to have what it was told.
void pass_on(Call& call) {
  if (lua_toboolean(call.L, kPassesOn)) self(call).notify(1);
}

Outcome has_lock_again(Call& call, Wake wake) {
  if (wake == Wake::interrupted) {
    lua_pushinteger(call.L, static_cast<lua_Integer>(wake));
    lua_replace(call.L, kWake);
    return take_lock_back(call);
  }
  const auto first = static_cast<Wake>(lua_tointeger(call.L, kWake));
  const bool cancelled = call.scheduler().current().cancelled;
  if (wake == Wake::ready && !cancelled && (first == Wake::ready || first == Wake::timeout)) {
    const bool owner_died = call.node().argument == Lock::kOwnerDied;
    lua_pushboolean(call.L, first == Wake::ready);
    if (owner_died) lua_pushliteral(call.L, "owner_died");
    return Outcome::values(owner_died ? 2 : 1);
  }
  pass_on(call);
  if (cancelled) return Outcome::cancelled();
  return call.ended_by(wake == Wake::ready ? first : wake);
}

// Only a deadlock, in which nobody will ever get the lock, makes this fail.
Outcome take_lock_back(Call& call) {
  call.prepare(lock_of(call), Lock::acquire_op, lua_tointeger(call.L, kDepth), {});
  const Outcome outcome =
      call.start_always({}, "the Lock of a Condition", has_lock_again, OnCancel::stay);
  if (outcome.kind == Outcome::Kind::raise_top) pass_on(call);
  return outcome;
}

Outcome was_woken(Call& call, Wake wake) {
  lua_pushinteger(call.L, static_cast<lua_Integer>(wake));
  lua_pushboolean(call.L, wake == Wake::ready && call.node().argument != 0);
  return take_lock_back(call);
}

// condition:wait([timeout]) -> boolean                                    [-0, +1|2, e, waits]
Outcome condition_wait(Call& call) {
  Condition& condition = self(call);
  const vm::Patience patience = call.opt_patience(2);
  if (!holds_lock(call, condition)) {
    return Outcome::raise(errors::kInvalidState,
                          "cannot wait for a Condition without holding its lock");
  }
  if (patience.immediate) {
    lua_pushboolean(call.L, 0);
    return Outcome::values(1);
  }
  lua_settop(call.L, 2);
  lua_pushinteger(call.L, static_cast<lua_Integer>(condition.lock->depth));
  call.prepare(condition, Condition::wait_op, 0, patience);
  if (call.scheduler().current().cancelled) return Outcome::cancelled();
  const Outcome outcome = call.start_always(patience, "a Condition", was_woken);
  if (outcome.kind == Outcome::Kind::park) {
    // Whoever notifies must hold the lock, and so finds this unit waiting.
    condition.lock->release_fully(*call.scheduler().current().waiter);
  }
  return outcome;
}

Outcome notify(Call& call, lua_Integer count) {
  Condition& condition = self(call);
  if (!holds_lock(call, condition)) {
    return Outcome::raise(errors::kInvalidState,
                          "cannot notify a Condition without holding its lock");
  }
  condition.notify(count);
  return Outcome::values(0);
}

// condition:notify([n])
Outcome condition_notify(Call& call) {
  (void)self(call);
  return notify(call, opt_count(call, 2, 0));
}

// condition:notify_all()
Outcome condition_notify_all(Call& call) { return notify(call, Condition::kAll); }

constexpr luaL_Reg kMethods[] = {{"acquire", bind<condition_acquire>},
                                 {"try_acquire", bind<condition_try_acquire>},
                                 {"release", bind<condition_release>},
                                 {"locked", bind<condition_locked>},
                                 {"wait", bind<condition_wait>},
                                 {"notify", bind<condition_notify>},
                                 {"notify_all", bind<condition_notify_all>},
                                 {nullptr, nullptr}};

// is_held(object) -> boolean: false when it is a lock that the running unit does not own
Outcome object_is_held(Call& call) {
  const Lock* lock = vm::to_shared<Lock>(call, ObjectKind::lock, 1);
  const auto* condition = vm::to_shared<Condition>(call, ObjectKind::condition, 1);
  if (condition != nullptr) lock = condition->lock.get();
  lua_pushboolean(call.L, lock == nullptr || lock->owned_by(call.scheduler().current().waiter));
  return Outcome::values(1);
}

}  // namespace

const luaL_Reg kConditionFunctions[] = {{"Condition", bind<condition_new>}, {nullptr, nullptr}};

void register_condition(lua_State* L) { register_shared(L, ObjectKind::condition, kMethods); }

int is_held(lua_State* L) { return bind<object_is_held>(L); }

}  // namespace braid::stdlib
