// A place to wait for a change of what a lock guards.
#pragma once

#include "sync/lock.hpp"

namespace braid::runtime {

// Those who wait until somebody who holds the lock says that something has changed.
//   Units:   any method from any thread or process that holds the lock.
//   Waits:   wait until a notification; a deadline or a cancel ends the wait. Who waits must hang
//   its
//            node before it releases the lock, so that no notification is missed, and take the lock
//            again whatever ended the wait.
//   Order:   that of the lock.
//   Death:   a waiter that dies leaves the list.      Errors: none.
//   Cost:    one internal lock; a wake-up for each that is notified.
//   Tests:   tests/spec/condition_spec.lua
struct Condition : Object {
  enum Operation : std::uint32_t { wait_op };

  // Holds a reference to the lock.
  explicit Condition(Lock& of_lock) noexcept : Object(ObjectKind::condition), lock(&of_lock) {
    retain(of_lock);
  }
  // Wakes the `n` who have waited longest, or as many as there are.
  void notify(std::int64_t n) noexcept;

  const Ref<Lock> lock;
  SharedWaitList waiting;
};

}  // namespace braid::runtime
