#include "sync/wait_group.hpp"

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

WaitGroup& self(Object& object) noexcept { return static_cast<WaitGroup&>(object); }

const ObjectType kType{
    .name = "WaitGroup",
    .destroy = [](Object& object) noexcept { arena::destroy(&self(object)); },
    .attempt = [](Object& object, SharedWaitNode&,
                  Wakeups&) noexcept { return self(object).count == 0; },
    .enqueue = [](Object& object, SharedWaitNode& node,
                  Wakeups&) noexcept { self(object).waiting.push(node); },
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::wait_group, kType), true);

}  // namespace

bool WaitGroup::add(std::int64_t n) noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  std::int64_t sum = 0;
  if (__builtin_add_overflow(count, n, &sum) || sum < 0) return false;
  count = sum;
  if (count == 0) waiting.claim_all(wakeups);
  return true;
}

}  // namespace braid::runtime
