// Something that is done by one unit, once, while all others who want it wait.
#pragma once

#include "park/operation.hpp"

namespace braid::runtime {

// Lets one unit at a time try until one has succeeded.
//   Units:   any thread or process; complete() and fail() only the one that tries.
//   Waits:   enter while another unit tries; a cancel ends the wait.
//   Order:   what was written before complete() is visible after the enter that it ends.
//   Death:   a unit that ends while it tries has failed: the next one tries.
//   Errors:  none.            Cost: one load once it is done, else one internal lock.
//   Not promised: that a wait ends soon: what is done may take long.
//   Tests:   tests/spec/once_spec.lua
struct Once : Object {
  // Afterwards the node's argument says what to do: kTry, or nothing.
  enum Operation : std::uint32_t { enter_op };
  static constexpr std::int64_t kDone = 0;
  static constexpr std::int64_t kTry = 1;

  Once() noexcept : Object(ObjectKind::once), held(*this) {}

  void complete() noexcept;
  void fail() noexcept;
  [[nodiscard]] bool done() const noexcept { return is_done.load(); }
  [[nodiscard]] bool tried_by(const Waiter* unit) const noexcept {
    return unit != nullptr && trier.load(std::memory_order_relaxed) ==
                                  Ref<Waiter>(const_cast<Waiter*>(unit)).granule();
  }

  GuardedAtomic<bool> is_done{false};     // set once
  GuardedAtomic<std::uint32_t> trier{0};  // granule of a Waiter
  HeldLink held;                          // in the trier's list; comes with a reference
  SharedWaitList waiting;
};

}  // namespace braid::runtime
