#include "sync/barrier.hpp"

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

// In all of these the mutex is held.

Barrier& self(Object& object) noexcept { return static_cast<Barrier&>(object); }

// Empties the list. Those who have given up find themselves taken off.
void tell_all(SharedWaitList& list, Wakeups& wakeups) noexcept {
  while (SharedWaitNode* node = list.first()) {
    if (!SharedWaitList::claim(*node, wakeups)) node->unlink();
  }
}

void spoil_all(SharedWaitList& list, Wakeups& wakeups) noexcept {
  for (SharedWaitNode* node = list.first(); node != nullptr; node = list.after(*node)) {
    node->argument = Barrier::kBroken;
  }
  tell_all(list, wakeups);
}

void spoil(Barrier& barrier, Wakeups& wakeups) noexcept {
  spoil_all(barrier.filling, wakeups);
  spoil_all(barrier.releasing, wakeups);
  barrier.arrived = 0;
  barrier.spoiled = barrier.actor.load() != 0;
}

void break_it(Barrier& barrier, Wakeups& wakeups) noexcept {
  barrier.broken = true;
  spoil(barrier, wakeups);
}

// The node of a party whose wait has ended by itself has left its list.
void left(Barrier& barrier, const SharedWaitNode& node, Wakeups& wakeups) noexcept {
  if (node.argument == Barrier::kArrived) --barrier.arrived;
  const Nanos deadline = node.waiter->deadline;
  if (deadline != kForever && monotonic_now() >= deadline) break_it(barrier, wakeups);
}

// Takes off those who have given up and are about to leave. None of the others can give up while
// the mutex is held (all_together), so all of them can be claimed.
void prune(Barrier& barrier, Wakeups& wakeups) noexcept {
  SharedWaitNode* next = nullptr;
  for (SharedWaitNode* node = barrier.filling.first(); node != nullptr; node = next) {
    next = barrier.filling.after(*node);
    if (node->waiter->is_waiting()) continue;
    node->unlink();
    left(barrier, *node, wakeups);
    if (barrier.broken) return;
  }
}

void begin_action(Barrier& barrier, SharedWaitNode& node) noexcept {
  retain(barrier);
  node.argument |= Barrier::kAct;
  barrier.acting.insert_before(node.waiter->held);
  barrier.actor.store(node.waiter.granule());
}

// The first of those who have arrived pass, but for the last one of the round.
void release_round(Barrier& barrier, Wakeups& wakeups) noexcept {
  for (std::uint32_t index = 0; index + 1 < barrier.parties; ++index) {
    SharedWaitNode& node = *barrier.filling.first();
    node.argument = index;
    if (barrier.has_action) {
      node.unlink();
      barrier.releasing.push(node);
    } else {
      SharedWaitList::claim(node, wakeups);
    }
  }
  barrier.arrived -= barrier.parties - 1;
}

// While the action ran a whole round may have come together.
void next_round(Barrier& barrier, Wakeups& wakeups) noexcept {
  if (barrier.broken) return;
  prune(barrier, wakeups);
  if (barrier.broken || barrier.arrived < barrier.parties) return;
  release_round(barrier, wakeups);
  SharedWaitNode& last = *barrier.filling.first();
  last.argument = barrier.parties - 1;
  SharedWaitList::claim(last, wakeups);
  --barrier.arrived;
  begin_action(barrier, last);
}

bool attempt_barrier(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept {
  Barrier& barrier = self(object);
  if (!barrier.broken) prune(barrier, wakeups);
  const bool complete = barrier.actor.load() == 0 && barrier.arrived + 1 == barrier.parties;
  if (!barrier.broken && complete) {
    release_round(barrier, wakeups);
    node.argument = barrier.parties - 1;
    if (barrier.has_action) begin_action(barrier, node);
    return true;
  }
  if (!barrier.broken && node.operation == Barrier::wait_now_op) break_it(barrier, wakeups);
  node.argument = Barrier::kBroken;
  return barrier.broken;
}

// The unit that acts does so no more.
void end_action(Barrier& barrier, Barrier::Action how, Wakeups& wakeups) noexcept {
  barrier.acting.unlink();
  barrier.actor.store(0);
  if (barrier.spoiled) {
    barrier.spoiled = false;
  } else if (how == Barrier::Action::done) {
    tell_all(barrier.releasing, wakeups);
  } else if (how == Barrier::Action::failed) {
    break_it(barrier, wakeups);
  } else if (SharedWaitNode* heir = barrier.releasing.claim_first(wakeups)) {
    return begin_action(barrier, *heir);
  }
  next_round(barrier, wakeups);
}

void owner_ended(Object& object, HeldLink&) noexcept {
  Barrier& barrier = self(object);
  {
    Wakeups wakeups;
    MutexLock lock(barrier.mutex);
    end_action(barrier, Barrier::Action::left, wakeups);
  }
  drop(barrier);
}

const ObjectType kType{
    .name = "Barrier",
    .destroy =
        [](Object& object) noexcept {
          drop_message(self(object).action.get());
          arena::destroy(&self(object));
        },
    .attempt = attempt_barrier,
    .enqueue =
        [](Object& object, SharedWaitNode& node, Wakeups&) noexcept {
          node.argument = Barrier::kArrived;
          self(object).filling.push(node);
          ++self(object).arrived;
        },
    .abandoned = [](Object& object, SharedWaitNode& node,
                    Wakeups& wakeups) noexcept { left(self(object), node, wakeups); },
    .owner_ended = owner_ended,
    .owner = nullptr,
    .all_together = true,
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::barrier, kType), true);

}  // namespace

bool Barrier::acted(Action how) noexcept {
  bool whole = false;
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    whole = how == Action::done && !spoiled;
    end_action(*this, how, wakeups);
  }
  drop(*this);
  return whole;
}

void Barrier::reset() noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  broken = false;
  spoil(*this, wakeups);
}

void Barrier::abort() noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  break_it(*this, wakeups);
}

std::uint32_t Barrier::waiting_now() noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  if (!broken) prune(*this, wakeups);
  return arrived;
}

bool Barrier::is_broken() noexcept {
  MutexLock lock(mutex);
  return broken;
}

}  // namespace braid::runtime
