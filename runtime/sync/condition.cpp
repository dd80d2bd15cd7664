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

void Condition::notify(std::int64_t count) noexcept {
  Wakeups wakeups;
  MutexLock guard(mutex);
  for (std::int64_t told = 0; told != count; ++told) {
    SharedWaitNode* node = waiting.claim_first(wakeups);
    if (node == nullptr) return;
    node->argument = count == kAll ? 0 : 1;
  }
}

}  // namespace braid::runtime
