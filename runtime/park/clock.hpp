// The one clock that waits are measured with, and deadlines on it.
// Invariant: a deadline made from seconds is rounded up, so that no wait ever ends early.
#pragma once

#include <cstdint>
#include <limits>

namespace braid::runtime {

using Nanos = std::int64_t;

inline constexpr Nanos kForever = std::numeric_limits<Nanos>::max();
inline constexpr Nanos kNanosPerSecond = 1'000'000'000;

// Nanoseconds of CLOCK_MONOTONIC: never goes back, not moved by a change of the wall clock.
Nanos monotonic_now() noexcept;

// The same clock, some milliseconds late, for a quarter of the price.
Nanos coarse_now() noexcept;

// The moment `seconds` from now. Negative counts as now; what lies beyond the clock is the end
// of the clock. `seconds` must not be nan.
Nanos deadline_after(double seconds) noexcept;

}  // namespace braid::runtime
