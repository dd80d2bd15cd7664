#include "sync/barrier.hpp"

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

Barrier& self(Object& object) noexcept { return static_cast<Barrier&>(object); }

// Takes the first one off the list, with a result. If its wait ends at this very moment by a
// deadline, it has come in time all the same: it finds the result. The mutex is held.
void let_go(Barrier& barrier, std::int64_t result, Wakeups& wakeups) noexcept {
  SharedWaitNode& node = *barrier.waiting.first();
  node.unlink();
  node.argument = result;
  --barrier.arrived;
  if (node.waiter->claim(node.index)) wakeups.add(*node.waiter);
}

void let_go(Barrier& barrier, std::uint32_t count, Wakeups& wakeups) noexcept {
  for (std::uint32_t i = 0; i < count; ++i) let_go(barrier, std::int64_t{i}, wakeups);
}

// Those who came while the action ran may be enough for the next round. The mutex is held.
void begin_next_rounds(Barrier& barrier, Wakeups& wakeups) noexcept {
  while (!barrier.acting && barrier.arrived >= barrier.parties) {
    if (!barrier.action) {
      let_go(barrier, barrier.parties, wakeups);
    } else if (SharedWaitNode* runner = barrier.waiting.claim_first(wakeups)) {
      runner->argument = Barrier::kRunAction;
      --barrier.arrived;
      barrier.acting = true;
    } else {
      return;  // they are all giving up
    }
  }
}

bool attempt_wait(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept {
  Barrier& barrier = self(object);
  if (barrier.broken) {
    node.argument = Barrier::kBroken;
    return true;
  }
  if (barrier.acting || barrier.arrived + 1 < barrier.parties) return false;
  if (barrier.action) {
    barrier.acting = true;
    node.argument = Barrier::kRunAction;
  } else {
    let_go(barrier, barrier.parties - 1, wakeups);
    node.argument = barrier.parties - 1;
  }
  return true;
}

void end_generation(Barrier& barrier, Wakeups& wakeups) noexcept {
  ++barrier.generation;
  barrier.acting = false;
  while (!barrier.waiting.empty()) let_go(barrier, Barrier::kBroken, wakeups);
}

const ObjectType kType{
    .name = "Barrier",
    .destroy =
        [](Object& object) noexcept {
          drop_message(self(object).action.get());
          arena::destroy(&self(object));
        },
    .attempt = attempt_wait,
    .enqueue =
        [](Object& object, SharedWaitNode& node, Wakeups&) noexcept {
          self(object).waiting.push(node);
          ++self(object).arrived;
        },
    .abandoned = [](Object& object, SharedWaitNode&, Wakeups&) noexcept { --self(object).arrived; },
    .owner_ended = nullptr,
    .owner = nullptr,
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::barrier, kType), true);

}  // namespace

void Barrier::abort() noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  broken = true;
  end_generation(*this, wakeups);
}

void Barrier::reset() noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  broken = false;
  end_generation(*this, wakeups);
}

std::int64_t Barrier::finish_action(std::uint32_t of_generation) noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  if (generation != of_generation) return kBroken;
  acting = false;
  // A party that was counted out while the action ran has come all the same.
  let_go(*this, arrived < parties - 1 ? arrived : parties - 1, wakeups);
  begin_next_rounds(*this, wakeups);
  return parties - 1;
}

}  // namespace braid::runtime
