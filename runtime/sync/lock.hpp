// Mutual exclusion between units, and what becomes of it when the holder ends.
#pragma once

#include "park/clock.hpp"
#include "park/operation.hpp"

namespace braid::runtime {

// A lock that belongs to the unit that took it.
//   Units:   any thread or process; release() only the owner.
//   Waits:   acquire while another unit owns it; a deadline or a cancel ends the wait.
//   Order:   what the last owner wrote before releasing is visible to the next one.
//   Death:   an owner that ends hands it on, and the next one is told (`owner_died`). So does a
//            unit that ends when it was its turn to try.
//   Errors:  returned: release of what is not held, a wait that can never end.
//   Cost:    acquire and release: a compare-and-swap and a store while nobody waits.
//   Not promised: that who comes first is first: see below. Who has waited kPatience is next.
//   Tests:   tests/unit/lock_test.cpp, tests/spec/lock_spec.lua
//
// Handing a lock to a thread that sleeps leaves it unused until that thread runs, and then
// everybody who wants it meanwhile sleeps, too: threads that use a lock often would do so at the
// rate of wake-ups. So a release frees the lock, and wakes the longest waiting unit to try again,
// one at a time: until it does, others may take the lock and release it without a thought for those
// who wait. A unit of the same thread, one that has waited kPatience, and one that cannot try again
// are given the lock.
struct Lock : Object {
  // acquire_op is done when it returns or wakes. After compete_op the node's argument may be
  // kTryAgain: then the unit does not own it and must attempt() the same at once, or stop_trying().
  enum Operation : std::uint32_t { acquire_op, compete_op };
  // The node's argument. Before acquire_op: how often the unit will have to release (0 = once).
  // Before compete_op: kTryAgain when that was its result. After both: kOwnerDied, kTryAgain or 0.
  static constexpr std::int64_t kOwnerDied = 1;
  static constexpr std::int64_t kTryAgain = 2;
  static constexpr Nanos kPatience = kNanosPerSecond / 2000;

  explicit Lock(bool can_reenter) noexcept
      : Object(ObjectKind::lock), held(*this), trying(*this), reentrant(can_reenter) {}

  // The same as attempt() when nobody owns it and nobody ended owning it: takes no internal lock.
  [[nodiscard]] bool acquire_free(Waiter& unit) noexcept;
  // False when `unit` does not own it.
  bool release(Waiter& unit) noexcept;
  // Releases as often as `unit` has acquired, and returns how often that was; 0 = it does not own
  // it.
  std::uint64_t release_fully(Waiter& unit) noexcept;
  // It is another one's turn to try.
  void stop_trying(Waiter& unit) noexcept;

  [[nodiscard]] bool owned_by(const Waiter* unit) const noexcept {
    return unit != nullptr && owner.load(std::memory_order_relaxed) ==
                                  Ref<Waiter>(const_cast<Waiter*>(unit)).granule();
  }
  [[nodiscard]] bool locked() const noexcept { return owner.load() != 0; }

  // 0 -> unit by compare-and-swap; unit -> 0 by its owner; 0 -> kPassing -> unit or 0 under the
  // mutex, by whoever looks for the next one.
  static constexpr std::uint32_t kPassing = 1;
  std::atomic<std::uint32_t> owner{0};      // granule of a Waiter
  GuardedAtomic<std::uint32_t> waiters{0};  // how many hang in `waiting`
  GuardedAtomic<std::uint32_t> trier{0};    // granule of who was woken to try
  std::uint64_t depth = 0;                  // owner only
  HeldLink held;                            // owner only
  HeldLink trying;                          // the trier's; its thread only
  const bool reentrant;
  bool abandoned = false;          // the last owner ended without releasing; owner only
  Guarded<bool> orphaned = false;  // only its owner or trier knows of it still
  SharedWaitList waiting;
};

}  // namespace braid::runtime
