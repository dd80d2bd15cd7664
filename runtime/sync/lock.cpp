#include "sync/lock.hpp"

#include <cstring>

#include "arena/arena.hpp"
#include "park/thread_record.hpp"

namespace braid::runtime {
namespace {

Lock& self(Object& object) noexcept { return static_cast<Lock&>(object); }

// While it lives a kill of the unit's process leaves a trace of what it was changing.
class Changing {
 public:
  Changing(Waiter& unit, Lock& lock) noexcept : unit_(unit) { set(&lock); }
  ~Changing() { set(nullptr); }
  Changing(const Changing&) = delete;
  Changing& operator=(const Changing&) = delete;

 private:
  void set(Lock* lock) noexcept {
    arena::keep_order();
    unit_.changing = lock;
    arena::keep_order();
    fault::point();
  }
  Waiter& unit_;
};

// When the node of a compete_op began to wait: in its payload.
Nanos since(const SharedWaitNode& node) noexcept {
  Nanos moment = 0;
  std::memcpy(&moment, node.payload, sizeof moment);
  return moment;
}
void set_since(SharedWaitNode& node, Nanos moment) noexcept {
  std::memcpy(node.payload, &moment, sizeof moment);
}

// The unit owns the lock now; it runs this itself, or is parked.
void begin_ownership(Lock& lock, SharedWaitNode& node) noexcept {
  const bool counted = node.operation == Lock::acquire_op && node.argument > 0;
  lock.depth = counted ? static_cast<std::uint64_t>(node.argument) : 1;
  node.argument = lock.abandoned ? Lock::kOwnerDied : 0;
  arena::save(&lock.abandoned, sizeof lock.abandoned);
  lock.abandoned = false;
  lock.held.insert_before(node.waiter->held);
}

// It is nobody's turn to try any more. The mutex is held.
void end_trying(Lock& lock, const Waiter& unit) noexcept {
  if (lock.trier.load() != Ref<Waiter>(const_cast<Waiter*>(&unit)).granule()) return;
  lock.trying.unlink();
  lock.trier.store(0);
}

bool attempt_lock(Object& object, SharedWaitNode& node, Wakeups&) noexcept {
  Lock& lock = self(object);
  const Changing changing(*node.waiter, lock);
  // First this, then the look at the owner: a release does the same in the other order.
  end_trying(lock, *node.waiter);
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

// May this one be told to try again, by a unit of the thread `by`?
bool may_try(const SharedWaitNode& node, const ThreadRecord* by) noexcept {
  return node.operation == Lock::compete_op && by != nullptr && node.waiter->thread.get() != by &&
         monotonic_now() - since(node) < Lock::kPatience;
}

// Nobody owns it, unless somebody has just taken it: then that one passes it on later, and so does
// who is about to try. `by` null: it must be given. The mutex is held.
void pass_on(Lock& lock, const ThreadRecord* by, Wakeups& wakeups) noexcept {
  std::uint32_t nobody = 0;
  if (lock.trier.load() != 0) return;
  arena::save_if(lock.owner, Lock::kPassing, nobody);
  if (!lock.owner.compare_exchange_strong(nobody, Lock::kPassing)) return;
  SharedWaitNode* next = lock.waiting.claim_first(wakeups);
  if (next == nullptr) return lock.owner.store(0);
  lock.waiters.fetch_sub(1);
  if (may_try(*next, by)) {
    next->argument = Lock::kTryAgain;
    lock.trying.insert_before(next->waiter->held);
    lock.trier.store(next->waiter.granule());
    lock.owner.store(0);
  } else {
    begin_ownership(lock, *next);
    arena::save_if(lock.owner, next->waiter.granule(), 0);
    lock.owner.store(next->waiter.granule());
  }
}

void enqueue_lock(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept {
  Lock& lock = self(object);
  const Changing changing(*node.waiter, lock);
  if (node.operation == Lock::compete_op && node.argument == Lock::kTryAgain) {
    lock.waiting.push_front(node);
  } else {
    if (node.operation == Lock::compete_op) set_since(node, monotonic_now());
    lock.waiting.push(node);
  }
  // Counted first, then looked at again: release() does the same in the other order.
  lock.waiters.fetch_add(1);
  if (lock.owner.load() == 0) pass_on(lock, nullptr, wakeups);
}

void release_owned(Lock& lock, Waiter& unit) noexcept {
  const Changing changing(unit, lock);
  lock.held.unlink();
  lock.owner.store(0);
  if (lock.waiters.load() == 0 || lock.trier.load() != 0) return;
  Wakeups wakeups;
  MutexLock guard(lock.mutex);
  pass_on(lock, unit.thread.get(), wakeups);
}

// Nobody has a handle any more. A unit that owns it all the same, or is to try, has it in its list,
// and the last one of these destroys it when it ends.
void destroy_lock(Object& object) noexcept {
  Lock& lock = self(object);
  {
    MutexLock guard(lock.mutex);
    lock.orphaned = lock.locked() || lock.trier.load() != 0;
    if (lock.orphaned) return;
  }
  arena::destroy(&lock);
}

void owner_ended(Object& object, HeldLink& link) noexcept {
  Lock& lock = self(object);
  const bool was_trier = &link == &lock.trying;
  bool is_last = false;
  {
    // Others may take it at any moment, so the section cannot take this back: half_held() goes on.
    const Changing changing(
        *Ref<Waiter>::from_granule(was_trier ? lock.trier.load() : lock.owner.load()), lock);
    if (!was_trier) {
      lock.held.unlink();
      lock.abandoned = true;
    }
    Wakeups wakeups;
    MutexLock guard(lock.mutex);
    if (was_trier) {
      lock.trying.unlink();
      lock.trier.store(0);
    } else {
      lock.owner.store(0);
    }
    pass_on(lock, nullptr, wakeups);
    is_last = lock.orphaned && !lock.locked() && lock.trier.load() == 0;
  }
  if (is_last) arena::destroy(&lock);
}

void half_held(Object& object, Waiter* unit) noexcept {
  Lock& lock = self(object);
  Wakeups wakeups;
  MutexLock guard(lock.mutex);
  const std::uint32_t owner = lock.owner.load();
  if (unit != nullptr && owner == Ref<Waiter>(unit).granule()) {
    lock.held.unlink();
    lock.abandoned = true;
    lock.owner.store(0);
  }
  pass_on(lock, nullptr, wakeups);
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
    .half_held = half_held,
    .untaken =
        [](Object& object, SharedWaitNode& node) noexcept {
          if (node.operation == Lock::compete_op && node.argument == Lock::kTryAgain) {
            self(object).stop_trying(*node.waiter);
          } else {
            release_owned(self(object), *node.waiter);
          }
        },
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::lock, kType), true);

}  // namespace

bool Lock::acquire_free(Waiter& unit) noexcept {
  const Changing changing(unit, *this);
  std::uint32_t nobody = 0;
  if (!owner.compare_exchange_strong(nobody, Ref<Waiter>(&unit).granule())) {
    if (!reentrant || !owned_by(&unit)) return false;
    ++depth;
    return true;
  }
  if (abandoned) {
    release_owned(*this, unit);
    return false;
  }
  depth = 1;
  held.insert_before(unit.held);
  return true;
}

bool Lock::release(Waiter& unit) noexcept {
  if (!owned_by(&unit)) return false;
  if (--depth == 0) release_owned(*this, unit);
  return true;
}

std::uint64_t Lock::release_fully(Waiter& unit) noexcept {
  if (!owned_by(&unit)) return 0;
  const std::uint64_t was = depth;
  release_owned(*this, unit);
  return was;
}

void Lock::stop_trying(Waiter& unit) noexcept {
  Wakeups wakeups;
  MutexLock guard(mutex);
  end_trying(*this, unit);
  if (waiters.load() != 0 && owner.load() == 0) pass_on(*this, nullptr, wakeups);
}

}  // namespace braid::runtime
