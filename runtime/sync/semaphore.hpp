// A number of permits.
#pragma once

#include "park/operation.hpp"

namespace braid::runtime {

// Permits that any unit takes and any unit gives back.
//   Units:   any method from any thread or process at once.
//   Waits:   acquire while there is none; a deadline or a cancel ends the wait.
//   Order:   what was written before release() is visible after the acquire that it makes possible.
//   Death:   permits belong to nobody: those that a dead unit took are gone with it.
//   Errors:  returned: more than `bound`.         Cost: one internal lock, a wake-up for each
//   waiter. Not promised: fairness to those who come while a permit is free. Tests:
//   tests/spec/semaphore_spec.lua
struct Semaphore : Object {
  enum Operation : std::uint32_t { acquire_op };

  Semaphore(std::int64_t permits, std::int64_t most) noexcept
      : Object(ObjectKind::semaphore), value(permits), bound(most) {}

  // False, and nothing, when there would be more than `bound`. n must be positive.
  bool release(std::int64_t n) noexcept;

  std::int64_t value;  // guarded by the mutex
  const std::int64_t bound;
  SharedWaitList waiting;
};

}  // namespace braid::runtime
