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
          self(object).grant(wakeups);
        },
    .abandoned = [](Object& object, SharedWaitNode&,
                    Wakeups&) noexcept { self(object).waiters.fetch_sub(1); },
    .owner_ended = nullptr,
    .owner = nullptr,
    .untaken = [](Object& object, SharedWaitNode&) noexcept { (void)self(object).release(1); },
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::semaphore, kType), true);

bool add(Semaphore& semaphore, std::int64_t count) noexcept {
  std::int64_t now = semaphore.permits.load();
  do {
    if (now > semaphore.most - count) return false;
  } while (!semaphore.permits.compare_exchange_weak(now, now + count));
  return true;
}

}  // namespace

bool Semaphore::take() noexcept {
  std::int64_t now = permits.load();
  while (now > 0) {
    if (permits.compare_exchange_weak(now, now - 1)) return true;
  }
  return false;
}

void Semaphore::grant(Wakeups& wakeups) noexcept {
  while (waiters.load() != 0 && take()) {
    if (waiting.claim_first(wakeups) == nullptr) {
      permits.fetch_add(1);
      return;
    }
    waiters.fetch_sub(1);
  }
}

bool Semaphore::release(std::int64_t count) noexcept {
  // grant() may hold a permit for a moment that it gives back: a bound must be looked at when it
  // does not.
  if (!bounded()) {
    if (!add(*this, count)) return false;
    if (waiters.load() == 0) return true;
  }
  Wakeups wakeups;
  MutexLock lock(mutex);
  if (bounded() && !add(*this, count)) return false;
  grant(wakeups);
  return true;
}

}  // namespace braid::runtime
