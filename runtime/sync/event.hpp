// A flag that units wait for.
#pragma once

#include "park/operation.hpp"

namespace braid::runtime {

// A flag, unset at first, that stays set until it is cleared.
//   Units:   any method from any thread or process at once.
//   Waits:   wait while it is unset; a deadline or a cancel ends the wait.
//   Order:   what was written before set() is visible after the wait that it ends.
//   Death:   nothing to undo.            Errors: none.
//   Cost:    one internal lock; set() wakes all who wait.      Not promised: that whoever was woken
//            still finds it set.
//   Tests:   tests/spec/event_spec.lua
struct Event : Object {
  enum Operation : std::uint32_t { wait_op };

  Event() noexcept : Object(ObjectKind::event) {}
  void set() noexcept;
  void clear() noexcept { flag.store(false); }
  [[nodiscard]] bool is_set() const noexcept { return flag.load(); }

  GuardedAtomic<bool> flag{false};  // set under the mutex
  SharedWaitList waiting;
};

}  // namespace braid::runtime
