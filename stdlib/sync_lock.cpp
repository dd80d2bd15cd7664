// braid.sync: Lock and RLock.
#include "stdlib/sync.hpp"
#include "sync/condition.hpp"

namespace braid::stdlib {

using runtime::Condition;
using runtime::Lock;
using runtime::ObjectKind;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;
namespace errors = vm::errors;

namespace {

// That of the Lock or Condition which is argument 1.
Lock& lock_of_self(const Call& call) {
  if (auto* condition = vm::to_shared<Condition>(call, ObjectKind::condition, 1)) {
    return *condition->lock;
  }
  return *vm::to_shared<Lock>(call, ObjectKind::lock, 1);
}

// The wait is over, but perhaps only to try again.
Outcome has_competed(Call& call, Wake wake) {
  if (wake != Wake::ready || call.node().argument != Lock::kTryAgain) {
    return lock_acquired(call, wake);
  }
  Lock& lock = lock_of_self(call);
  const runtime::Unit& unit = call.scheduler().current();
  if (unit.cancelled) {
    lock.stop_trying(*unit.waiter);
    return Outcome::cancelled();
  }
  runtime::prepare(call.node(), *unit.waiter, lock, Lock::compete_op, Lock::kTryAgain);
  if (runtime::attempt(call.node())) return lock_acquired(call, Wake::ready);
  const Patience left{unit.waiter->deadline, false};
  call.prepare(lock, Lock::compete_op, Lock::kTryAgain, left);
  return call.start(left, "a Lock", has_competed);
}

}  // namespace

Outcome lock_acquired(Call& call, Wake wake) {
  lua_pushboolean(call.L, wake == Wake::ready);
  if (wake != Wake::ready || call.node().argument != Lock::kOwnerDied) return Outcome::values(1);
  lua_pushliteral(call.L, "owner_died");
  return Outcome::values(2);
}

Outcome acquire_lock(Call& call, Lock& lock, const Patience& patience) {
  runtime::Unit& unit = call.scheduler().current();
  if ((!unit.cancelled || patience.immediate) && lock.acquire_free(call.scheduler().waiter())) {
    lua_pushboolean(call.L, 1);
    return Outcome::values(1);
  }
  if (!lock.reentrant && patience.deadline == runtime::kForever && lock.owned_by(unit.waiter)) {
    return Outcome::raise(errors::kDeadlock, "deadlock: the unit holds this Lock already");
  }
  return call.operate(lock, Lock::compete_op, 0, patience, "a Lock", has_competed);
}

Outcome release_lock(Call& call, Lock& lock) {
  runtime::Waiter* unit = call.scheduler().current().waiter;
  if (unit != nullptr && lock.release(*unit)) return Outcome::values(0);
  return Outcome::raise(errors::kInvalidState, lock.locked()
                                                   ? "cannot release a Lock that another unit holds"
                                                   : "cannot release a Lock that is not held");
}

namespace {

Lock& self(const Call& call) { return vm::shared<Lock>(call, ObjectKind::lock, "Lock"); }

// Lock() -> Lock
Outcome lock_new(Call& call) {
  vm::make_shared<Lock>(call, ObjectKind::lock, false);
  return Outcome::values(1);
}

// RLock() -> Lock that its owner may take again
Outcome rlock_new(Call& call) {
  vm::make_shared<Lock>(call, ObjectKind::lock, true);
  return Outcome::values(1);
}

// lock:acquire([timeout]) -> true[, "owner_died"] | false                 [-0, +1|2, e, waits]
Outcome lock_acquire(Call& call) {
  Lock& lock = self(call);
  return acquire_lock(call, lock, call.opt_patience(2));
}

// lock:try_acquire() -> true[, "owner_died"] | false                      [-0, +1|2, e]
Outcome lock_try_acquire(Call& call) { return acquire_lock(call, self(call), {0, true}); }

// lock:release()
Outcome lock_release(Call& call) { return release_lock(call, self(call)); }

// lock:locked() -> boolean
Outcome lock_locked(Call& call) {
  lua_pushboolean(call.L, self(call).locked());
  return Outcome::values(1);
}

constexpr luaL_Reg kMethods[] = {{"acquire", bind<lock_acquire>},
                                 {"try_acquire", bind<lock_try_acquire>},
                                 {"release", bind<lock_release>},
                                 {"locked", bind<lock_locked>},
                                 {nullptr, nullptr}};

}  // namespace

const luaL_Reg kLockFunctions[] = {
    {"Lock", bind<lock_new>}, {"RLock", bind<rlock_new>}, {nullptr, nullptr}};

void register_lock(lua_State* L) { register_shared(L, ObjectKind::lock, kMethods); }

}  // namespace braid::stdlib
