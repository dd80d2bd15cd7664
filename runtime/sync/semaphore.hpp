// A number of permits that units take and give back, or give to others.
#pragma once

#include <limits>

#include "park/operation.hpp"

namespace braid::runtime {

// Permits, which belong to nobody: any unit may release what another acquired.
//   Units:   any method from any thread or process at once.
//   Waits:   acquire while there is no permit; a deadline or a cancel ends the wait.
//   Order:   what was written before release() is visible to whoever acquires that permit.
//   Death:   a permit is handed over whole or not at all. Those of a unit that has ended are not
//            given back: nobody knows whose they were.
//   Errors:  returned: more permits than there may be.
//   Cost:    acquire and release: a compare-and-swap each while nobody waits; release of a bounded
//            one and all else one internal lock.
//   Not promised: that who tries at the very moment of a release comes after those who wait.
//   Tests:   tests/unit/semaphore_test.cpp, tests/spec/semaphore_spec.lua
struct Semaphore : Object {
  enum Operation : std::uint32_t { acquire_op };

  static constexpr std::int64_t kUnbounded = std::numeric_limits<std::int64_t>::max();

  Semaphore(std::int64_t initial, std::int64_t most_permits) noexcept
      : Object(ObjectKind::semaphore), permits(initial), most(most_permits) {}

  // acquire is start() or attempt() with acquire_op. The same when there is a permit and nobody
  // waits: takes no internal lock.
  [[nodiscard]] bool acquire_free() noexcept { return waiters.load() == 0 && take(); }
  // False, with nothing changed, when there would be more than `most`.
  [[nodiscard]] bool release(std::int64_t count) noexcept;
  [[nodiscard]] bool bounded() const noexcept { return most != kUnbounded; }

  [[nodiscard]] std::int64_t count() const noexcept { return decoded(permits.load()); }
  // One permit, if there is one.
  [[nodiscard]] bool take() noexcept;
  // Hands one permit to the one who waits longest; the mutex is held. At most one in a section.
  bool grant(Wakeups& wakeups) noexcept;
  // All that can be.
  void grant_all() noexcept;

  // Below zero: ~permits, and one more is on its way.
  [[nodiscard]] static std::int64_t decoded(std::int64_t word) noexcept {
    return word < 0 ? ~word : word;
  }
  std::atomic<std::int64_t> permits;
  const std::int64_t most;
  Guarded<bool> handed = false;             // see semaphore.cpp
  GuardedAtomic<std::uint32_t> waiters{0};  // how many hang in `waiting`
  SharedWaitList waiting;
};

}  // namespace braid::runtime
