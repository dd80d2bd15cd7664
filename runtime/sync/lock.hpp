// Mutual exclusion between units, and what becomes of it when the holder ends.
#pragma once

#include "park/operation.hpp"

namespace braid::runtime {

// A lock that belongs to the unit that took it.
//   Units:   any thread or process; release() only the owner.
//   Waits:   acquire while another unit owns it; a deadline or a cancel ends the wait.
//   Order:   what the last owner wrote before releasing is visible to the next one.
//   Death:   an owner that ends hands it on, and the next one is told (`owner_died`).
//   Errors:  returned: release of what is not held, a wait that can never end.
//   Cost:    acquire and release: one internal lock each, at most one wake-up.
//   Not promised: fairness to those who come while it is being handed on.
//   Tests:   tests/unit/lock_test.cpp, tests/spec/lock_spec.lua
struct Lock : Object {
  enum Operation : std::uint32_t { acquire_op };

  explicit Lock(bool can_reenter) noexcept
      : Object(ObjectKind::lock), held(*this), reentrant(can_reenter) {}

  // acquire is start() or attempt() with acquire_op; the node's argument is how often the unit will
  // have to release (0 = once), and says afterwards whether the previous owner ended without
  // releasing.
  [[nodiscard]] static bool owner_died(const SharedWaitNode& node) noexcept {
    return node.argument != 0;
  }
  // The same when nobody owns it and nobody ended owning it: takes no internal lock.
  [[nodiscard]] bool acquire_free(Waiter& unit) noexcept;
  // False when `unit` does not own it.
  bool release(Waiter& unit) noexcept;
  // Releases as often as `unit` has acquired, and returns how often that was; 0 = it does not own
  // it.
  std::uint64_t release_fully(Waiter& unit) noexcept;

  [[nodiscard]] bool owned_by(const Waiter* unit) const noexcept {
    return unit != nullptr && owner.load(std::memory_order_relaxed) ==
                                  Ref<Waiter>(const_cast<Waiter*>(unit)).granule();
  }
  [[nodiscard]] bool locked() const noexcept { return owner.load() != 0; }

  // 0 -> unit by compare-and-swap; unit -> 0 by its owner; 0 -> kPassing -> unit or 0 under the
  // mutex, by whoever looks for the next one.
  static constexpr std::uint32_t kPassing = 1;
  std::atomic<std::uint32_t> owner{0};    // granule of a Waiter
  std::atomic<std::uint32_t> waiters{0};  // how many hang in `waiting`; changed under the mutex
  std::uint64_t depth = 0;                // owner only
  HeldLink held;                          // owner only
  const bool reentrant;
  bool abandoned = false;  // the last owner ended without releasing; owner only
  bool orphaned = false;   // only its owner knows of it still; guarded by the mutex
  SharedWaitList waiting;
};

}  // namespace braid::runtime
