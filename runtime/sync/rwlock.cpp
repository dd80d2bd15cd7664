#include "sync/rwlock.hpp"

#include <cstring>

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

using ReadHold = RWLock::ReadHold;

RWLock& self(Object& object) noexcept { return static_cast<RWLock&>(object); }

Ref<ReadHold>& brought(SharedWaitNode& node) noexcept {
  return *reinterpret_cast<Ref<ReadHold>*>(node.payload);
}

// The link to the hold of `unit`, or the end of the list. The mutex is held.
Ref<ReadHold>* find(RWLock& lock, const Waiter* unit) noexcept {
  Ref<ReadHold>* link = &lock.readers;
  while (*link && (*link)->reader.get() != unit) link = &(*link)->next;
  return link;
}

// --- with the mutex held, by the unit itself or while it is parked ---

void tell_of_death(RWLock& lock, SharedWaitNode& node) noexcept {
  node.argument = lock.abandoned ? 1 : 0;
  lock.abandoned = false;
}

void let_read(RWLock& lock, SharedWaitNode& node) noexcept {
  tell_of_death(lock, node);
  ReadHold& hold = *brought(node);
  brought(node) = nullptr;
  hold.next = lock.readers;
  lock.readers = &hold;
  hold.held.insert_before(node.waiter->held);
}

void let_write(RWLock& lock, SharedWaitNode& node) noexcept {
  tell_of_death(lock, node);
  lock.writer.store(node.waiter.granule());
  lock.held.insert_before(node.waiter->held);
}

bool attempt_hold(Object& object, SharedWaitNode& node, Wakeups&) noexcept {
  RWLock& lock = self(object);
  const bool to_read = node.operation == RWLock::read_op;
  if (to_read) {
    if (ReadHold* hold = find(lock, node.waiter.get())->get()) {
      ++hold->depth;
      node.argument = 0;
      return true;
    }
  }
  if (lock.writer.load() != 0 || !lock.waiting.empty()) return false;
  if (!to_read && lock.readers) return false;
  to_read ? let_read(lock, node) : let_write(lock, node);
  return true;
}

// Lets in those whose turn it is: one writer, or the readers up to the next writer.
void let_next_in(RWLock& lock, Wakeups& wakeups) noexcept {
  while (lock.writer.load() == 0) {
    SharedWaitNode* next = lock.waiting.first();
    while (next != nullptr && next->waiter->state.load() != Waiter::State::waiting) {
      next = lock.waiting.after(*next);  // it is giving up
    }
    if (next == nullptr) return;
    const bool to_read = next->operation == RWLock::read_op;
    if (!to_read && lock.readers) return;
    if (!next->waiter->claim(next->index)) continue;  // given up just now
    next->unlink();
    wakeups.add(*next->waiter);
    to_read ? let_read(lock, *next) : let_write(lock, *next);
  }
}

const ObjectType kType{
    .name = "RWLock",
    .destroy = [](Object& object) noexcept { arena::destroy(&self(object)); },
    .attempt = attempt_hold,
    .enqueue = [](Object& object, SharedWaitNode& node,
                  Wakeups&) noexcept { self(object).waiting.push(node); },
    // A writer that gives up may have stood in the way of readers.
    .abandoned = [](Object& object, SharedWaitNode&,
                    Wakeups& wakeups) noexcept { let_next_in(self(object), wakeups); },
    .owner_ended =
        [](Object& object, HeldLink& link) noexcept {
          RWLock& lock = self(object);
          Wakeups wakeups;
          MutexLock guard(lock.mutex);
          if (&link == &lock.held) {
            lock.abandoned = true;
            lock.writer.store(0);
          } else {
            Ref<ReadHold>* place = &lock.readers;
            while (&(*place)->held != &link) place = &(*place)->next;
            ReadHold* hold = place->get();
            *place = hold->next;
            arena::destroy(hold);
          }
          let_next_in(lock, wakeups);
        },
    .owner =
        [](const Object& object) noexcept {
          return Ref<Waiter>::from_granule(static_cast<const RWLock&>(object).writer.load()).get();
        },
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::rwlock, kType), true);

}  // namespace

bool RWLock::release_read(Waiter& unit) noexcept {
  Wakeups wakeups;
  MutexLock guard(mutex);
  Ref<ReadHold>* place = find(*this, &unit);
  ReadHold* hold = place->get();
  if (hold == nullptr) return false;
  if (--hold->depth > 0) return true;
  *place = hold->next;
  hold->held.unlink();
  arena::destroy(hold);
  let_next_in(*this, wakeups);
  return true;
}

bool RWLock::release_write(Waiter& unit) noexcept {
  if (!writes(&unit)) return false;
  Wakeups wakeups;
  MutexLock guard(mutex);
  held.unlink();
  writer.store(0);
  let_next_in(*this, wakeups);
  return true;
}

bool RWLock::reads(const Waiter* unit) noexcept {
  MutexLock guard(mutex);
  return unit != nullptr && *find(*this, unit);
}

}  // namespace braid::runtime
