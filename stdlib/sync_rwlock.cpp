// braid.sync: RWLock.
#include "stdlib/sync.hpp"
#include "sync/rwlock.hpp"

namespace braid::stdlib {
namespace {

using runtime::ObjectKind;
using runtime::RWLock;
using runtime::Waiter;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
namespace errors = vm::errors;

RWLock& self(const Call& call) { return vm::shared<RWLock>(call, ObjectKind::rwlock, "RWLock"); }

// RWLock() -> RWLock
Outcome rwlock_new(Call& call) {
  vm::make_shared<RWLock>(call, ObjectKind::rwlock);
  return Outcome::values(1);
}

// rwlock:acquire_read([timeout]) -> true[, "owner_died"] | false          [-0, +1|2, e, waits]
Outcome rwlock_acquire_read(Call& call) {
  RWLock& lock = self(call);
  const vm::Patience patience = call.opt_patience(2);
  lock.reserve(call.scheduler().waiter());
  return call.operate(lock, RWLock::read_op, 0, patience, "an RWLock to read", lock_acquired);
}

// rwlock:acquire_write([timeout]) -> true[, "owner_died"] | false         [-0, +1|2, e, waits]
Outcome rwlock_acquire_write(Call& call) {
  RWLock& lock = self(call);
  const vm::Patience patience = call.opt_patience(2);
  if (patience.deadline == runtime::kForever && lock.read_by(call.scheduler().waiter())) {
    return Outcome::raise(errors::kDeadlock,
                          "deadlock: the unit that would write holds this RWLock to read");
  }
  return call.operate(lock, RWLock::write_op, 0, patience, "an RWLock to write", lock_acquired);
}

Outcome release(Call& call, bool (RWLock::*how)(Waiter&) noexcept, const char* problem) {
  RWLock& lock = self(call);
  Waiter* unit = call.scheduler().current().waiter;
  if (unit != nullptr && (lock.*how)(*unit)) return Outcome::values(0);
  return Outcome::raise(errors::kInvalidState, problem);
}

// rwlock:release_read()
Outcome rwlock_release_read(Call& call) {
  return release(call, &RWLock::release_read,
                 "cannot release an RWLock that the unit does not read");
}

// rwlock:release_write()
Outcome rwlock_release_write(Call& call) {
  return release(call, &RWLock::release_write,
                 "cannot release an RWLock that the unit does not write");
}

constexpr luaL_Reg kMethods[] = {{"acquire_read", bind<rwlock_acquire_read>},
                                 {"acquire_write", bind<rwlock_acquire_write>},
                                 {"release_read", bind<rwlock_release_read>},
                                 {"release_write", bind<rwlock_release_write>},
                                 {nullptr, nullptr}};

}  // namespace

const luaL_Reg kRWLockFunctions[] = {{"RWLock", bind<rwlock_new>}, {nullptr, nullptr}};

void register_rwlock(lua_State* L) { register_shared(L, ObjectKind::rwlock, kMethods); }

}  // namespace braid::stdlib
