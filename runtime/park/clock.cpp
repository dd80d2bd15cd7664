#include "park/clock.hpp"

#include <time.h>

#include <cmath>

namespace braid::runtime {

Nanos monotonic_now() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kNanosPerSecond + now.tv_nsec;
}

Nanos deadline_after(double seconds) noexcept {
  const Nanos now = monotonic_now();
  if (seconds <= 0) return now;
  // The last moment is kept one below kForever: a very long sleep is still a sleep, not a hang.
  constexpr Nanos last = kForever - 1;
  const double nanos = std::ceil(seconds * static_cast<double>(kNanosPerSecond));
  if (nanos >= static_cast<double>(last - now)) return last;
  return now + static_cast<Nanos>(nanos);
}

}  // namespace braid::runtime
