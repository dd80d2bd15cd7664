#include "sync/event.hpp"

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

Event& self(Object& object) noexcept { return static_cast<Event&>(object); }

const ObjectType kType{
    .name = "Event",
    .destroy = [](Object& object) noexcept { arena::destroy(&self(object)); },
    .attempt = [](Object& object, SharedWaitNode&,
                  Wakeups&) noexcept { return self(object).is_set(); },
    .enqueue = [](Object& object, SharedWaitNode& node,
                  Wakeups&) noexcept { self(object).waiting.push(node); },
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
    .untaken = [](Object&, SharedWaitNode&) noexcept {},
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::event, kType), true);

}  // namespace

void Event::set() noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  flag.store(true);
  waiting.claim_all(wakeups);
}

}  // namespace braid::runtime
