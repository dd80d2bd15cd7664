// Something that is done once, whoever comes first.
#pragma once

#include "park/operation.hpp"

namespace braid::runtime {

// Lets one unit do it, the others wait for that one.
//   Units:   any thread or process; end() by the one that may run.
//   Waits:   begin while another runs; a deadline or a cancel ends the wait.
//   Order:   what the one that ran wrote is visible to all who find it done.
//   Death:   when the one that runs ends without end(), the next one runs.
//   Errors:  none.           Cost: one internal lock.       Tests: tests/spec/once_spec.lua
struct Once : Object {
  // Afterwards the node's argument is 1 when it has been done, 0 when this unit is to do it.
  enum Operation : std::uint32_t { begin_op };

  Once() noexcept : Object(ObjectKind::once), held(*this) {}
  void end(bool successful) noexcept;

  bool done = false;                     // guarded by the mutex
  std::atomic<std::uint32_t> runner{0};  // granule of a Waiter; written under the mutex
  HeldLink held;                         // the runner's
  SharedWaitList waiting;
};

}  // namespace braid::runtime
