#include "sync/semaphore.hpp"

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

Semaphore& self(Object& object) noexcept { return static_cast<Semaphore&>(object); }

const ObjectType kType{
    .name = "Semaphore",
    .destroy = [](Object& object) noexcept { arena::destroy(&self(object)); },
    .attempt =
        [](Object& object, SharedWaitNode&, Wakeups&) noexcept {
          if (self(object).value == 0) return false;
          --self(object).value;
          return true;
        },
    .enqueue = [](Object& object, SharedWaitNode& node,
                  Wakeups&) noexcept { self(object).waiting.push(node); },
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::semaphore, kType), true);

}  // namespace

bool Semaphore::release(std::int64_t n) noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  if (n > bound - value) return false;
  value += n;
  while (value > 0 && waiting.claim_first(wakeups) != nullptr) --value;
  return true;
}

}  // namespace braid::runtime
