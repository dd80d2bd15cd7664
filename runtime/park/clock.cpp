#include "park/clock.hpp"

#include <time.h>

#include <cmath>

namespace braid::runtime {

namespace {

Nanos read(clockid_t clock) noexcept {
  timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * kNanosPerSecond + now.tv_nsec;
}

}  // namespace

Nanos monotonic_now() noexcept { return read(CLOCK_MONOTONIC); }

Nanos coarse_now() noexcept { return read(CLOCK_MONOTONIC_COARSE); }

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
