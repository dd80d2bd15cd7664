#include "sync/once.hpp"

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

Once& self(Object& object) noexcept { return static_cast<Once&>(object); }

// The mutex is held; the node's unit runs this, or is parked.
void let_run(Once& once, SharedWaitNode& node) noexcept {
  node.argument = 0;
  once.runner.store(node.waiter.granule());
  once.held.insert_before(node.waiter->held);
}

void finish(Once& once, bool successful) noexcept {
  Wakeups wakeups;
  MutexLock lock(once.mutex);
  once.done = successful;
  once.runner.store(0);
  while (SharedWaitNode* node = once.waiting.claim_first(wakeups)) {
    node->argument = 1;
    if (!successful) return let_run(once, *node);
  }
}

const ObjectType kType{
    .name = "Once",
    .destroy = [](Object& object) noexcept { arena::destroy(&self(object)); },
    .attempt =
        [](Object& object, SharedWaitNode& node, Wakeups&) noexcept {
          Once& once = self(object);
          if (once.runner.load() != 0) return false;
          node.argument = 1;
          if (!once.done) let_run(once, node);
          return true;
        },
    .enqueue = [](Object& object, SharedWaitNode& node,
                  Wakeups&) noexcept { self(object).waiting.push(node); },
    .abandoned = nullptr,
    .owner_ended = [](Object& object, HeldLink&) noexcept { finish(self(object), false); },
    .owner =
        [](const Object& object) noexcept {
          return Ref<Waiter>::from_granule(static_cast<const Once&>(object).runner.load()).get();
        },
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::once, kType), true);

}  // namespace

void Once::end(bool successful) noexcept {
  held.unlink();
  finish(*this, successful);
}

}  // namespace braid::runtime
