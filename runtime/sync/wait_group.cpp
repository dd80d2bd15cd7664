#include "sync/wait_group.hpp"

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

WaitGroup& self(Object& object) noexcept { return static_cast<WaitGroup&>(object); }

const ObjectType kType{
    .name = "WaitGroup",
    .destroy = [](Object& object) noexcept { arena::destroy(&self(object)); },
    .attempt = [](Object& object, SharedWaitNode&,
                  Wakeups&) noexcept { return self(object).left == 0; },
    .enqueue = [](Object& object, SharedWaitNode& node,
                  Wakeups&) noexcept { self(object).waiting.push(node); },
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
    .untaken = [](Object&, SharedWaitNode&) noexcept {},
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::wait_group, kType), true);

}  // namespace

WaitGroup::Added WaitGroup::add(std::int64_t count) noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  std::int64_t sum = 0;
  if (__builtin_add_overflow(std::int64_t{left}, count, &sum)) return Added::too_many;
  if (sum < 0) return Added::below_zero;
  left = sum;
  if (sum == 0) waiting.claim_all(wakeups);
  return Added::yes;
}

}  // namespace braid::runtime
