#include "park/clock.hpp"

#include <limits>

#include "tests/unit/catch.hpp"

using namespace braid::runtime;

TEST_CASE("clock: it never goes back") {
  Nanos before = monotonic_now();
  for (int i = 0; i < 100'000; ++i) {
    const Nanos now = monotonic_now();
    REQUIRE(now >= before);
    before = now;
  }
}

TEST_CASE("clock: a deadline is never earlier than was asked for") {
  for (const double seconds : {1e-12, 1e-9, 1.5e-9, 0.1, 0.3, 1.0, 86'400.1}) {
    const Nanos before = monotonic_now();
    const Nanos deadline = deadline_after(seconds);
    const Nanos after = monotonic_now();
    CHECK(static_cast<double>(deadline - before) >= seconds * 1e9);
    CHECK(static_cast<double>(deadline - after) <= seconds * 1e9 + 1);
  }
}

TEST_CASE("clock: less than a nanosecond counts as one") {
  const Nanos before = monotonic_now();
  CHECK(deadline_after(std::numeric_limits<double>::denorm_min()) > before);
}

TEST_CASE("clock: nothing and less than nothing are now") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double seconds : {0.0, -0.0, -1e-9, -1e300, -infinity}) {
    const Nanos before = monotonic_now();
    const Nanos deadline = deadline_after(seconds);
    CHECK(deadline >= before);
    CHECK(deadline <= monotonic_now());
  }
}

TEST_CASE("clock: what lies beyond the clock is its end, and not for ever") {
  for (const double seconds : {9.3e9, 1e18, 1e300, std::numeric_limits<double>::infinity()}) {
    CHECK(deadline_after(seconds) == kForever - 1);
  }
  CHECK(deadline_after(1e9) < kForever - 1);
}
