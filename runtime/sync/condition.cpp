#include "sync/condition.hpp"

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

Condition& self(Object& object) noexcept { return static_cast<Condition&>(object); }

const ObjectType kType{
    .name = "Condition",
    .destroy =
        [](Object& object) noexcept {
          Lock& lock = *self(object).lock;
          arena::destroy(&self(object));
          drop(lock);
        },
    .attempt = [](Object&, SharedWaitNode&, Wakeups&) noexcept { return false; },
    .enqueue = [](Object& object, SharedWaitNode& node,
                  Wakeups&) noexcept { self(object).waiting.push(node); },
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::condition, kType), true);

}  // namespace

void Condition::notify(std::int64_t n) noexcept {
  Wakeups wakeups;
  MutexLock guard(mutex);
  while (n-- > 0 && waiting.claim_first(wakeups) != nullptr) {
  }
}

}  // namespace braid::runtime
