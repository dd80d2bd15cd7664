// braid.sync: what a unit takes and gives back. Lock, RLock, Semaphore, BoundedSemaphore, RWLock.
#include <limits>

#include "stdlib/handles.hpp"
#include "stdlib/sync.hpp"
#include "sync/lock.hpp"
#include "sync/rwlock.hpp"
#include "sync/semaphore.hpp"
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

// As in_time, and whether the last owner ended without releasing (as the node's argument says).
Outcome owned_in_time(Call& call, Wake wake) {
  lua_pushboolean(call.L, wake == Wake::ready);
  if (wake != Wake::ready || call.node().argument == 0) return Outcome::values(1);
  lua_pushliteral(call.L, "owner_died");
  return Outcome::values(2);
}

// --- Lock and RLock ---

using runtime::Lock;

Lock& lock_self(const Call& call) { return vm::shared<Lock>(call, ObjectKind::lock, "Lock"); }

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

Outcome acquire(Call& call, const Patience& patience) {
  Lock& lock = lock_self(call);
  runtime::Unit& unit = call.scheduler().current();
  if ((!unit.cancelled || patience.immediate) && lock.acquire_free(call.scheduler().waiter())) {
    lua_pushboolean(call.L, 1);
    return Outcome::values(1);
  }
  if (!lock.reentrant && patience.deadline == runtime::kForever && lock.owned_by(unit.waiter)) {
    return Outcome::raise(errors::kDeadlock, "deadlock: the unit holds this Lock already");
  }
  return call.operate(lock, Lock::acquire_op, 0, patience, "a Lock", owned_in_time);
}

// lock:acquire([timeout]) -> true[, "owner_died"] | false                 [-0, +1|2, e, waits]
Outcome lock_acquire(Call& call) { return acquire(call, call.opt_patience(2)); }

// lock:try_acquire() -> true[, "owner_died"] | false                      [-0, +1|2, e]
Outcome lock_try_acquire(Call& call) { return acquire(call, {0, true}); }

// lock:release()
Outcome lock_release(Call& call) {
  Lock& lock = lock_self(call);
  runtime::Waiter* unit = call.scheduler().current().waiter;
  if (unit != nullptr && lock.release(*unit)) return Outcome::values(0);
  return Outcome::raise(errors::kInvalidState, lock.locked()
                                                   ? "cannot release a Lock that another unit holds"
                                                   : "cannot release a Lock that is not held");
}

// lock:locked() -> boolean
Outcome lock_locked(Call& call) {
  lua_pushboolean(call.L, lock_self(call).locked());
  return Outcome::values(1);
}

constexpr luaL_Reg kLockMethods[] = {{"acquire", bind<lock_acquire>},
                                     {"try_acquire", bind<lock_try_acquire>},
                                     {"release", bind<lock_release>},
                                     {"locked", bind<lock_locked>},
                                     {nullptr, nullptr}};

// --- Semaphore and BoundedSemaphore ---

using runtime::Semaphore;

Semaphore& semaphore_self(const Call& call) {
  return vm::shared<Semaphore>(call, ObjectKind::semaphore, "Semaphore");
}

Outcome new_semaphore(Call& call, bool bounded) {
  const lua_Integer permits = luaL_optinteger(call.L, 1, 1);
  luaL_argcheck(call.L, permits >= 0, 1, "number of permits must not be negative");
  vm::make_shared<Semaphore>(call, ObjectKind::semaphore, permits,
                             bounded ? permits : std::numeric_limits<std::int64_t>::max());
  return Outcome::values(1);
}

// Semaphore([n = 1]) -> Semaphore
Outcome semaphore_new(Call& call) { return new_semaphore(call, false); }

// BoundedSemaphore([n = 1]) -> Semaphore that never has more permits than it began with
Outcome bounded_semaphore_new(Call& call) { return new_semaphore(call, true); }

// semaphore:acquire([timeout]) -> boolean                                 [-0, +1, e, waits]
Outcome semaphore_acquire(Call& call) {
  return call.operate(semaphore_self(call), Semaphore::acquire_op, 0, call.opt_patience(2),
                      "a Semaphore", in_time);
}

// semaphore:try_acquire() -> boolean
Outcome semaphore_try_acquire(Call& call) {
  return call.operate(semaphore_self(call), Semaphore::acquire_op, 0, {0, true}, "a Semaphore",
                      in_time);
}

// semaphore:release([n = 1])
Outcome semaphore_release(Call& call) {
  Semaphore& semaphore = semaphore_self(call);
  const lua_Integer n = luaL_optinteger(call.L, 2, 1);
  luaL_argcheck(call.L, n > 0, 2, "number of permits must be positive");
  if (semaphore.release(n)) return Outcome::values(0);
  return Outcome::raise(errors::kInvalidState, "a Semaphore was released too often");
}

constexpr luaL_Reg kSemaphoreMethods[] = {{"acquire", bind<semaphore_acquire>},
                                          {"try_acquire", bind<semaphore_try_acquire>},
                                          {"release", bind<semaphore_release>},
                                          {nullptr, nullptr}};

// --- RWLock ---

using runtime::RWLock;

RWLock& rwlock_self(const Call& call) {
  return vm::shared<RWLock>(call, ObjectKind::rwlock, "RWLock");
}

// RWLock() -> RWLock
Outcome rwlock_new(Call& call) {
  vm::make_shared<RWLock>(call, ObjectKind::rwlock);
  return Outcome::values(1);
}

Outcome own_deadlock() {
  return Outcome::raise(errors::kDeadlock, "deadlock: the unit holds this RWLock already");
}

// What the lock has not taken is not needed: the unit read already, or did not get to it.
void drop_unused_hold(Call& call) noexcept {
  auto& hold = *reinterpret_cast<runtime::Ref<RWLock::ReadHold>*>(call.node().payload);
  if (hold) runtime::arena::destroy(hold.get());
  hold = nullptr;
}

// rwlock:acquire_read([timeout]) -> true[, "owner_died"] | false          [-0, +1|2, e, waits]
Outcome rwlock_acquire_read(Call& call) {
  RWLock& lock = rwlock_self(call);
  const Patience patience = call.opt_patience(2);
  if (patience.deadline == runtime::kForever && lock.writes(call.scheduler().current().waiter)) {
    return own_deadlock();
  }
  auto& node = call.prepare(lock, RWLock::read_op, 0, patience);
  auto& hold = *new (node.payload) runtime::Ref<RWLock::ReadHold>;
  hold = runtime::arena::create<RWLock::ReadHold>(lock, *node.waiter);
  const Outcome outcome =
      call.start_always(patience, "a RWLock to read", [](Call& after, Wake wake) {
        drop_unused_hold(after);
        if (wake == Wake::ready || wake == Wake::timeout) return owned_in_time(after, wake);
        return after.ended_by(wake);
      });
  if (outcome.kind != Outcome::Kind::park) drop_unused_hold(call);
  return outcome;
}

// rwlock:acquire_write([timeout]) -> true[, "owner_died"] | false         [-0, +1|2, e, waits]
Outcome rwlock_acquire_write(Call& call) {
  RWLock& lock = rwlock_self(call);
  const Patience patience = call.opt_patience(2);
  const runtime::Waiter* unit = call.scheduler().current().waiter;
  if (patience.deadline == runtime::kForever && (lock.writes(unit) || lock.reads(unit))) {
    return own_deadlock();
  }
  return call.operate(lock, RWLock::write_op, 0, patience, "a RWLock to write", owned_in_time);
}

Outcome released(bool was_held) {
  if (was_held) return Outcome::values(0);
  return Outcome::raise(errors::kInvalidState,
                        "cannot release a RWLock that the unit does not hold");
}

// rwlock:release_read()
Outcome rwlock_release_read(Call& call) {
  RWLock& lock = rwlock_self(call);
  runtime::Waiter* unit = call.scheduler().current().waiter;
  return released(unit != nullptr && lock.release_read(*unit));
}

// rwlock:release_write()
Outcome rwlock_release_write(Call& call) {
  RWLock& lock = rwlock_self(call);
  runtime::Waiter* unit = call.scheduler().current().waiter;
  return released(unit != nullptr && lock.release_write(*unit));
}

constexpr luaL_Reg kRWLockMethods[] = {{"acquire_read", bind<rwlock_acquire_read>},
                                       {"acquire_write", bind<rwlock_acquire_write>},
                                       {"release_read", bind<rwlock_release_read>},
                                       {"release_write", bind<rwlock_release_write>},
                                       {nullptr, nullptr}};

constexpr luaL_Reg kFunctions[] = {
    {"Lock", bind<lock_new>},           {"RLock", bind<rlock_new>},
    {"Semaphore", bind<semaphore_new>}, {"BoundedSemaphore", bind<bounded_semaphore_new>},
    {"RWLock", bind<rwlock_new>},       {nullptr, nullptr}};

}  // namespace

void add_locks(lua_State* L, int module, int classes) {
  lua_pushvalue(L, module);
  luaL_setfuncs(L, kFunctions, 0);
  lua_pop(L, 1);
  add_class(L, classes, ObjectKind::lock, kLockMethods);
  add_class(L, classes, ObjectKind::semaphore, kSemaphoreMethods);
  add_class(L, classes, ObjectKind::rwlock, kRWLockMethods);
}

}  // namespace braid::stdlib
