#include "sync/lock.hpp"

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

Lock& self(Object& object) noexcept { return static_cast<Lock&>(object); }

// The unit owns the lock now; it runs this itself, or is parked.
void begin_ownership(Lock& lock, SharedWaitNode& node) noexcept {
  lock.depth = node.argument > 0 ? static_cast<std::uint64_t>(node.argument) : 1;
  node.argument = lock.abandoned ? 1 : 0;
  lock.abandoned = false;
  lock.held.insert_before(node.waiter->held);
}

bool attempt_lock(Object& object, SharedWaitNode& node, Wakeups&) noexcept {
  Lock& lock = self(object);
  std::uint32_t nobody = 0;
  if (lock.owner.compare_exchange_strong(nobody, node.waiter.granule())) {
    begin_ownership(lock, node);
    return true;
  }
  if (!lock.reentrant || !lock.owned_by(node.waiter.get())) return false;
  ++lock.depth;
  node.argument = 0;
  return true;
}

// Nobody owns it, unless somebody has just taken it: then that one passes it on later. The mutex is
// held.
void pass_on(Lock& lock, Wakeups& wakeups) noexcept {
  std::uint32_t nobody = 0;
  if (!lock.owner.compare_exchange_strong(nobody, Lock::kPassing)) return;
  SharedWaitNode* next = lock.waiting.claim_first(wakeups);
  if (next == nullptr) return lock.owner.store(0);
  lock.waiters.fetch_sub(1);
  begin_ownership(lock, *next);
  lock.owner.store(next->waiter.granule());
}

void enqueue_lock(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept {
  Lock& lock = self(object);
  lock.waiting.push(node);
  // Counted first, then looked at again: release() does the same in the other order.
  lock.waiters.fetch_add(1);
  if (lock.owner.load() == 0) pass_on(lock, wakeups);
}

void release_owned(Lock& lock) noexcept {
  lock.held.unlink();
  lock.owner.store(0);
  if (lock.waiters.load() == 0) return;
  Wakeups wakeups;
  MutexLock guard(lock.mutex);
  pass_on(lock, wakeups);
}

// Nobody has a handle any more. A unit that owns it all the same has it in its list, and is the one
// to destroy it when it ends.
void destroy_lock(Object& object) noexcept {
  Lock& lock = self(object);
  {
    MutexLock guard(lock.mutex);
    lock.orphaned = lock.locked();
    if (lock.orphaned) return;
  }
  arena::destroy(&lock);
}

void owner_ended(Object& object, HeldLink&) noexcept {
  Lock& lock = self(object);
  bool orphaned = false;
  {
    Wakeups wakeups;
    MutexLock guard(lock.mutex);
    lock.abandoned = true;
    lock.owner.store(0);
    pass_on(lock, wakeups);
    orphaned = lock.orphaned;
  }
  if (orphaned) arena::destroy(&lock);
}

const ObjectType kType{
    .name = "Lock",
    .destroy = destroy_lock,
    .attempt = attempt_lock,
    .enqueue = enqueue_lock,
    .abandoned = [](Object& object, SharedWaitNode&,
                    Wakeups&) noexcept { self(object).waiters.fetch_sub(1); },
    .owner_ended = owner_ended,
    .owner =
        [](const Object& object) noexcept {
          const std::uint32_t owner = static_cast<const Lock&>(object).owner.load();
          return owner == Lock::kPassing ? nullptr : Ref<Waiter>::from_granule(owner).get();
        },
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::lock, kType), true);

}  // namespace

bool Lock::acquire_free(Waiter& unit) noexcept {
  std::uint32_t nobody = 0;
  if (!owner.compare_exchange_strong(nobody, Ref<Waiter>(&unit).granule())) {
    if (!reentrant || !owned_by(&unit)) return false;
    ++depth;
    return true;
  }
  if (abandoned) {
    release_owned(*this);
    return false;
  }
  depth = 1;
  held.insert_before(unit.held);
  return true;
}

bool Lock::release(Waiter& unit) noexcept {
  if (!owned_by(&unit)) return false;
  if (--depth == 0) release_owned(*this);
  return true;
}

std::uint64_t Lock::release_fully(Waiter& unit) noexcept {
  if (!owned_by(&unit)) return 0;
  const std::uint64_t was = depth;
  release_owned(*this);
  return was;
}

}  // namespace braid::runtime
