// A meeting point of a fixed number of units.
#pragma once

#include "park/message.hpp"
#include "park/operation.hpp"

namespace braid::runtime {

// Lets `parties` units go on together, again and again.
//   Units:   any method from any thread or process at once; finish_action() by the one that runs
//   it. Waits:   wait until the others have come; a deadline or a cancel ends the wait, and the
//   unit is
//            counted out.
//   Order:   what each party wrote before its wait is visible to all after it.
//   Death:   a party that is killed is counted out; one that dies in the action breaks the barrier.
//   Errors:  returned: broken.        Cost: one internal lock; the last one wakes all.
//   Tests:   tests/spec/barrier_spec.lua
struct Barrier : Object {
  enum Operation : std::uint32_t { wait_op };
  // What the node's argument is after a wait, if not the party's number from 0.
  static constexpr std::int64_t kBroken = -1;
  static constexpr std::int64_t kRunAction = -2;  // all have come; this one runs the action first
  static constexpr std::int64_t kPending = -3;    // what a wait is begun with

  Barrier(std::uint32_t of_parties, double seconds) noexcept
      : Object(ObjectKind::barrier), parties(of_parties), timeout(seconds) {}

  // Wakes all who wait, as broken; so are those who come until reset().
  void abort() noexcept;
  // Wakes all who wait, as broken; those who come begin anew.
  void reset() noexcept;
  // The action was run by the one who found kRunAction, in `of_generation`. Returns its number, or
  // kBroken when the barrier was broken or reset meanwhile.
  std::int64_t finish_action(std::uint32_t of_generation) noexcept;

  const std::uint32_t parties;
  const double timeout;          // seconds; negative = none
  Ref<Message> action;           // constant once made; null = none
  std::uint32_t arrived = 0;     // guarded by the mutex, as are the next ones
  std::uint32_t generation = 0;  // counts what resets and breaks have ended
  bool acting = false;           // somebody runs the action
  bool broken = false;
  SharedWaitList waiting;
};

}  // namespace braid::runtime
