#include "sync/rwlock.hpp"

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

RWLock& self(Object& object) noexcept { return static_cast<RWLock&>(object); }

bool attempt_rwlock(Object& object, SharedWaitNode& node, Wakeups&) noexcept {
  RWLock& lock = self(object);
  const bool free = lock.writer.load() == 0;
  if (node.operation == RWLock::write_op) {
    if (!free || lock.readers != 0) return false;
    lock.begin_write(node);
    return true;
  }
  if (HeldLink* hold = lock.hold_of(*node.waiter)) {
    ++hold->times;
    node.argument = 0;
    return true;
  }
  // Whoever waits came first. Should all of them have given up, they let this one in.
  if (!free || !lock.waiting.empty()) return false;
  lock.begin_read(node);
  return true;
}

void owner_ended(Object& object, HeldLink& link) noexcept {
  RWLock& lock = self(object);
  const bool was_writer = &link == &lock.held;
  {
    Wakeups wakeups;
    MutexLock guard(lock.mutex);
    link.unlink();
    if (was_writer) {
      lock.abandoned = true;
      lock.writer.store(0);
    } else {
      --lock.readers;
      arena::destroy(&link);
    }
    lock.grant(wakeups);
  }
  drop(lock);
}

const ObjectType kType{
    .name = "RWLock",
    .destroy = [](Object& object) noexcept { arena::destroy(&self(object)); },
    .attempt = attempt_rwlock,
    .enqueue = [](Object& object, SharedWaitNode& node,
                  Wakeups&) noexcept { self(object).waiting.push(node); },
    // It may have been a writer that stood in the way of readers.
    .abandoned = [](Object& object, SharedWaitNode&,
                    Wakeups& wakeups) noexcept { self(object).grant(wakeups); },
    .owner_ended = owner_ended,
    .owner =
        [](const Object& object) noexcept {
          return Ref<Waiter>::from_granule(static_cast<const RWLock&>(object).writer.load()).get();
        },
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::rwlock, kType), true);

}  // namespace

void RWLock::reserve(Waiter& unit) {
  if (!unit.spare) unit.spare = arena::create<HeldLink>(*this);
}

HeldLink* RWLock::hold_of(Waiter& unit) const noexcept {
  for (Link* link = unit.held.next.get(); link != &unit.held; link = link->next.get()) {
    auto* hold = static_cast<HeldLink*>(link);
    if (hold->object.get() == this && hold != &held) return hold;
  }
  return nullptr;
}

void RWLock::begin_read(SharedWaitNode& node) noexcept {
  retain(*this);
  HeldLink& hold = *node.waiter->spare;
  node.waiter->spare = nullptr;
  hold.object = this;
  hold.times = 1;
  hold.insert_before(node.waiter->held);
  ++readers;
  node.argument = abandoned ? 1 : 0;
  abandoned = false;
}

void RWLock::begin_write(SharedWaitNode& node) noexcept {
  retain(*this);
  held.insert_before(node.waiter->held);
  writer.store(node.waiter.granule());
  node.argument = abandoned ? 1 : 0;
  abandoned = false;
}

void RWLock::grant(Wakeups& wakeups) noexcept {
  SharedWaitNode* next = nullptr;
  for (SharedWaitNode* node = waiting.first(); node != nullptr; node = next) {
    next = waiting.after(*node);
    if (writer.load() != 0) return;
    const bool writes = node->operation == write_op;
    if (writes && readers != 0) return;
    if (!SharedWaitList::claim(*node, wakeups)) continue;
    if (writes) return begin_write(*node);
    begin_read(*node);
  }
}

bool RWLock::release_read(Waiter& unit) noexcept {
  HeldLink* hold = hold_of(unit);
  if (hold == nullptr) return false;
  if (--hold->times != 0) return true;
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    hold->unlink();
    if (unit.spare) {
      arena::destroy(hold);
    } else {
      unit.spare = hold;
    }
    --readers;
    grant(wakeups);
  }
  drop(*this);
  return true;
}

bool RWLock::release_write(Waiter& unit) noexcept {
  if (!written_by(unit)) return false;
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    held.unlink();
    writer.store(0);
    grant(wakeups);
  }
  drop(*this);
  return true;
}

}  // namespace braid::runtime
