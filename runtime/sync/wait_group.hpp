// A count of what is still to be done, and those who wait for its end.
#pragma once

#include "park/operation.hpp"

namespace braid::runtime {

// A counter that units raise and lower and wait for to be zero, again and again.
//   Units:   any method from any thread or process at once.
//   Waits:   wait while it is not zero; a deadline or a cancel ends the wait.
//   Order:   what was written before an add() that lowers it is visible after the wait it ends.
//   Death:   the counter changes by one store. What a unit that has ended had still to do stays
//            counted.
//   Errors:  returned: a counter below zero, or beyond its range.
//   Cost:    one internal lock; the last done() wakes all who wait.
//   Not promised: that who was woken still finds it zero.
//   Tests:   tests/spec/wait_group_spec.lua
struct WaitGroup : Object {
  enum Operation : std::uint32_t { wait_op };
  enum class Added : std::uint8_t { yes, below_zero, too_many };

  WaitGroup() noexcept : Object(ObjectKind::wait_group) {}
  // Anything but `yes` has changed nothing.
  [[nodiscard]] Added add(std::int64_t count) noexcept;

  Guarded<std::int64_t> left = 0;  // guarded by the mutex
  SharedWaitList waiting;
};

}  // namespace braid::runtime
