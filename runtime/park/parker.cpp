#include "park/parker.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "park/family.hpp"

namespace braid::runtime {

bool Census::somebody_is_awake() const noexcept {
  return somebody_is_awake_here() || (family && family->somebody_is_awake());
}

bool Parker::wait(Nanos deadline, bool even_as_last) noexcept {
  const bool for_ever = deadline == kForever;
  const std::uint32_t state = for_ever ? kAsleepForEver : kAsleep;
  std::uint32_t seen = kAwake;
  if (!word_.compare_exchange_strong(seen, state)) {
    word_.exchange(kAwake);
    return true;
  }
  bool somebody_is_awake = true;
  if (for_ever) {
    census_->asleep_for_ever.fetch_add(1);
    somebody_is_awake = even_as_last || census_->somebody_is_awake();
  }
  if (somebody_is_awake) {
    timespec until{};
    if (!for_ever) {
      until.tv_sec = deadline / kNanosPerSecond;
      until.tv_nsec = deadline % kNanosPerSecond;
    }
    // FUTEX_WAIT_BITSET takes an absolute time of the monotonic clock, so no drift adds up.
    syscall(SYS_futex, &word_, FUTEX_WAIT_BITSET, state, for_ever ? nullptr : &until, nullptr,
            FUTEX_BITSET_MATCH_ANY);
  }
  if (word_.exchange(kAwake) == kAsleepForEver) {
    census_->asleep_for_ever.fetch_sub(1);
    return somebody_is_awake;
  }
  return true;
}

void Parker::unpark() noexcept {
  const std::uint32_t was = word_.exchange(kNotified);
  if (was == kAsleepForEver) census_->asleep_for_ever.fetch_sub(1);
  if (was < kAsleep) return;
  syscall(SYS_futex, &word_, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

}  // namespace braid::runtime
