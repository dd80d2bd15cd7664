// Units that wait, without a lock that they hold meanwhile, for others to tell them something.
#pragma once

#include "sync/lock.hpp"

namespace braid::runtime {

// The waiting side of a condition variable. That the caller holds the lock, and that it gives it up
// and takes it back, is the caller's affair, since it waits for each in turn.
//   Units:   any thread or process that owns the lock.
//   Waits:   wait until notify(); a deadline or a cancel ends the wait.
//   Order:   that of the lock.
//   Death:   a notification is a claim, one store of its waiter; what a dead unit has not been told
//            others will be.
//   Errors:  none.            Cost: one internal lock; one wake-up for each that is told.
//   Tests:   tests/unit/condition_test.cpp, tests/spec/condition_spec.lua
struct Condition : Object {
  // Never done at once. Afterwards the node's argument says whether notify() named a number: then
  // somebody else must be told in place of a unit that cannot go on.
  enum Operation : std::uint32_t { wait_op };
  static constexpr std::int64_t kAll = -1;

  // Takes a reference to the lock.
  explicit Condition(Lock& of_lock) noexcept : Object(ObjectKind::condition), lock(&of_lock) {
    retain(of_lock);
  }
  // Tells the `count` that wait longest, or all.
  void notify(std::int64_t count) noexcept;

  const Ref<Lock> lock;
  SharedWaitList waiting;
};

}  // namespace braid::runtime
