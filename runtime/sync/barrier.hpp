// A point that a number of units pass together.
#pragma once

#include "park/message.hpp"
#include "park/operation.hpp"

namespace braid::runtime {

// Holds units back until `parties` have arrived; then one of them may run an action, and all pass.
//   Units:   any thread or process; acted() only the unit that was told to act.
//   Waits:   until the others have arrived and the action has run; a deadline breaks the barrier, a
//            cancel takes the party out of the count (once the action runs, it stays counted; the
//            one that runs it leaves that to another of the round).
//   Order:   what a party wrote before it arrived is visible to the action and to all who pass.
//   Death:   as a cancel.
//   Errors:  in the node's argument: kBroken.
//   Cost:    one internal lock; the last to arrive wakes all. Who waits is given up under the lock.
//   Not promised: that a barrier that was whole when one arrived is so when it passes.
//   Tests:   tests/unit/barrier_test.cpp, tests/spec/barrier_spec.lua
//
// States: filling -> (acting ->) filling;  any -> broken -> (reset) filling. Who arrives while the
// action runs belongs to the next round. A round whose action runs when the barrier is broken or
// reset is spoiled: its parties have been told, and the one that acts is told at the end. When the
// one that acts is counted out, the action runs again from its beginning, in the party of the round
// that came first; nobody is left = the round is over.
struct Barrier : Object {
  // wait_now_op: breaks the barrier unless it is complete with this party.
  enum Operation : std::uint32_t { wait_op, wait_now_op };

  // Afterwards the node's argument is kBroken, or the party's index, with kAct when this one is to
  // run the action and then call acted().
  static constexpr std::int64_t kArrived = -2;  // while it waits for others to arrive
  static constexpr std::int64_t kBroken = -1;
  static constexpr std::int64_t kAct = std::int64_t{1} << 40;
  static constexpr std::int64_t kIndexMask = kAct - 1;

  Barrier(std::uint32_t of_parties, bool acts, double timeout) noexcept
      : Object(ObjectKind::barrier),
        parties(of_parties),
        has_action(acts),
        default_timeout(timeout),
        acting(*this) {}

  // How an action ended for the unit that ran it.
  enum class Action : std::uint8_t { done, failed, left };
  // The action is over, or left to another party. False: it is not done, or the round was spoiled.
  bool acted(Action how) noexcept;
  void reset() noexcept;
  void abort() noexcept;
  [[nodiscard]] std::uint32_t waiting_now() noexcept;
  [[nodiscard]] bool is_broken() noexcept;
  [[nodiscard]] bool acted_by(const Waiter* unit) const noexcept {
    return unit != nullptr && actor.load(std::memory_order_relaxed) ==
                                  Ref<Waiter>(const_cast<Waiter*>(unit)).granule();
  }

  const std::uint32_t parties;
  const bool has_action;
  const double default_timeout;           // of wait, in seconds; infinite = none
  Ref<Message> action;                    // encoded; constant once others may see the barrier
  bool action_travels = false;            // else `action` is a text that says why not
  GuardedAtomic<std::uint32_t> actor{0};  // granule of the Waiter that runs the action; else 0
  Guarded<std::uint32_t> arrived = 0;     // how many hang in `filling`
  Guarded<bool> broken = false;
  Guarded<bool> spoiled = false;
  SharedWaitList filling;    // have arrived
  SharedWaitList releasing;  // pass when the action is over; their arguments are their indexes
  HeldLink acting;           // in the actor's list. Comes with a reference
};

}  // namespace braid::runtime
