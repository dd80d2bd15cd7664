// A count of things to be done, and those who wait until there is none.
#pragma once

#include "park/operation.hpp"

namespace braid::runtime {

// A counter that never falls below zero.
//   Units:   any method from any thread or process at once.
//   Waits:   wait while it is not zero; a deadline or a cancel ends the wait.
//   Order:   what was written before the add() that made it zero is visible after the wait.
//   Death:   a dead unit's share stays to be done.     Errors: returned: below zero, out of range.
//   Cost:    one internal lock; reaching zero wakes all.
//   Tests:   tests/spec/wait_group_spec.lua
struct WaitGroup : Object {
  enum Operation : std::uint32_t { wait_op };

  WaitGroup() noexcept : Object(ObjectKind::wait_group) {}
  // False, and nothing, when the count would leave its range.
  bool add(std::int64_t n) noexcept;

  std::int64_t count = 0;  // guarded by the mutex
  SharedWaitList waiting;
};

}  // namespace braid::runtime
