#include "park/parker.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "arena/mutex.hpp"
#include "park/family.hpp"

namespace braid::runtime {

bool Census::somebody_is_awake() const noexcept {
  return asleep_for_ever.load() < threads.load() || (family && family->somebody_is_awake());
}

bool Census::has_company() const noexcept {
  return threads.load(std::memory_order_relaxed) - asleep_for_ever.load(std::memory_order_relaxed) >
             1 ||
         (family && family->has_several.load(std::memory_order_relaxed));
}

// Going to sleep and being woken costs tens of microseconds where a processor without work halts,
// and the one who wakes pays for it, too. So where answers come soon they are waited for awake.
bool Parker::spin() noexcept {
  constexpr Nanos kLongest = 10'000;
  constexpr std::uint8_t kMostHope = 8;
  constexpr std::uint8_t kTryAgain = 16;
  constexpr int kLooks = 16;  // between two looks at the clock
  // Somebody must be awake to do it.
  if (!census_->has_company()) return false;
  if (hope_ == 0 && ++skipped_ < kTryAgain) return false;
  skipped_ = 0;
  const Nanos end = monotonic_now() + kLongest;
  do {
    for (int look = 0; look < kLooks; ++look) {
      if (notified()) {
        hope_ = kMostHope;
        word_.exchange(kAwake);
        return true;
      }
      pause();
    }
  } while (monotonic_now() < end);
  if (hope_ > 0) --hope_;
  return false;
}

bool Parker::wait(Nanos deadline, bool even_as_last) noexcept {
  if (spin()) return true;
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
    census_->one_wakes();
    return somebody_is_awake;
  }
  return true;
}

void Parker::unpark() noexcept {
  const std::uint32_t was = word_.exchange(kNotified);
  if (was == kAsleepForEver) census_->one_wakes();
  if (was < kAsleep) return;
  syscall(SYS_futex, &word_, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

void Parker::unpark_surely() noexcept {
  unpark();
  syscall(SYS_futex, &word_, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

}  // namespace braid::runtime
