#include "sync/once.hpp"

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

Once& self(Object& object) noexcept { return static_cast<Once&>(object); }

// The unit tries now; it runs this itself, or is parked. The mutex is held.
void begin(Once& once, SharedWaitNode& node) noexcept {
  retain(once);
  node.argument = Once::kTry;
  once.held.insert_before(node.waiter->held);
  once.trier.store(node.waiter.granule());
}

bool attempt_once(Object& object, SharedWaitNode& node, Wakeups&) noexcept {
  Once& once = self(object);
  node.argument = Once::kDone;
  if (once.done()) return true;
  if (once.trier.load() != 0) return false;
  begin(once, node);
  return true;
}

void pass_on(Once& once) noexcept {
  {
    Wakeups wakeups;
    MutexLock lock(once.mutex);
    once.held.unlink();
    once.trier.store(0);
    if (SharedWaitNode* next = once.waiting.claim_first(wakeups)) begin(once, *next);
  }
  drop(once);
}

const ObjectType kType{
    .name = "Once",
    .destroy = [](Object& object) noexcept { arena::destroy(&self(object)); },
    .attempt = attempt_once,
    .enqueue = [](Object& object, SharedWaitNode& node,
                  Wakeups&) noexcept { self(object).waiting.push(node); },
    .abandoned = nullptr,
    .owner_ended = [](Object& object, HeldLink&) noexcept { pass_on(self(object)); },
    .owner =
        [](const Object& object) noexcept {
          return Ref<Waiter>::from_granule(static_cast<const Once&>(object).trier.load()).get();
        },
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::once, kType), true);

}  // namespace

void Once::complete() noexcept {
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    held.unlink();
    is_done.store(true);
    trier.store(0);
    waiting.claim_all(wakeups);  // their arguments say kDone since they tried
  }
  drop(*this);
}

void Once::fail() noexcept { pass_on(*this); }

}  // namespace braid::runtime
