#include "sync/semaphore.hpp"

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

Semaphore& self(Object& object) noexcept { return static_cast<Semaphore&>(object); }

const ObjectType kType{
    .name = "Semaphore",
    .destroy = [](Object& object) noexcept { arena::destroy(&self(object)); },
    .attempt = [](Object& object, SharedWaitNode&,
                  Wakeups&) noexcept { return self(object).take(); },
    .enqueue =
        [](Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept {
          self(object).waiting.push(node);
          // Counted first, then looked at again: release() does the same in the other order.
          self(object).waiters.fetch_add(1);
          (void)self(object).grant(wakeups);
        },
    .abandoned = [](Object& object, SharedWaitNode&,
                    Wakeups&) noexcept { self(object).waiters.fetch_sub(1); },
    .owner_ended = nullptr,
    .owner = nullptr,
    .half_held = [](Object& object, Waiter*) noexcept { self(object).grant_all(); },
    .untaken = [](Object& object, SharedWaitNode&) noexcept { (void)self(object).release(1); },
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::semaphore, kType), true);

// `count` may be negative. False: there would be too many, or too few.
bool add(Semaphore& semaphore, std::int64_t count) noexcept {
  std::int64_t word = semaphore.permits.load();
  for (;;) {
    const std::int64_t now = Semaphore::decoded(word);
    if (count > 0 ? now > semaphore.most - count : now < -count) return false;
    if (semaphore.permits.compare_exchange_weak(word, word < 0 ? ~(now + count) : now + count)) {
      return true;
    }
  }
}

// A permit on its way to one who waits is in the hand of the semaphore; `handed` says whether it
// has arrived, once the section that gave it has ended, or not, if that was undone. The mutex is
// held.
void empty_hand(Semaphore& semaphore) noexcept {
  const std::int64_t put_back = semaphore.handed ? 0 : 1;
  std::int64_t word = semaphore.permits.load();
  while (word < 0 && !semaphore.permits.compare_exchange_weak(word, ~word + put_back)) {
  }
}

bool take_in_hand(Semaphore& semaphore) noexcept {
  empty_hand(semaphore);
  semaphore.handed.reset(false);
  arena::keep_order();
  std::int64_t word = semaphore.permits.load();
  while (word > 0) {
    if (semaphore.permits.compare_exchange_weak(word, ~(word - 1))) return true;
  }
  return false;
}

}  // namespace

bool Semaphore::take() noexcept { return add(*this, -1); }

bool Semaphore::grant(Wakeups& wakeups) noexcept {
  if (waiters.load() == 0 || !take_in_hand(*this)) return false;
  if (waiting.claim_first(wakeups) == nullptr) {
    empty_hand(*this);
    return false;
  }
  waiters.fetch_sub(1);
  handed = true;
  return true;
}

void Semaphore::grant_all() noexcept {
  for (bool is_granted = true; is_granted;) {
    Wakeups wakeups;
    MutexLock lock(mutex);
    is_granted = grant(wakeups);
  }
}

bool Semaphore::release(std::int64_t count) noexcept {
  const Touching touching(*this);
  // grant() may hold a permit for a moment that it gives back: a bound must be looked at when it
  // does not.
  if (bounded()) {
    MutexLock lock(mutex);
    if (!add(*this, count)) return false;
  } else if (!add(*this, count)) {
    return false;
  }
  if (waiters.load() != 0) grant_all();
  return true;
}

}  // namespace braid::runtime
