#include "park/parker.hpp"

#include <atomic>
#include <thread>

#include "tests/unit/catch.hpp"

using namespace braid::runtime;

namespace {
// Waits as callers must: again and again, since a wait may return early.
void wait_while_unchanged(Parker& parker, std::uint32_t seen, Nanos deadline) {
  while (parker.epoch() == seen && monotonic_now() < deadline) parker.wait(seen, deadline);
}
}  // namespace

TEST_CASE("parker: a wake-up before the wait is not lost") {
  Parker parker;
  const std::uint32_t seen = parker.epoch();
  parker.unpark();
  parker.wait(seen, kForever);  // would hang
  CHECK(parker.epoch() != seen);
}

TEST_CASE("parker: a deadline that has passed does not wait") {
  Parker parker;
  parker.wait(parker.epoch(), 0);
  parker.wait(parker.epoch(), monotonic_now() - 1);
}

TEST_CASE("parker: a wait does not end before its deadline") {
  Parker parker;
  for (const double seconds : {0.0001, 0.001, 0.02}) {
    const Nanos deadline = deadline_after(seconds);
    wait_while_unchanged(parker, parker.epoch(), deadline);
    CHECK(monotonic_now() >= deadline);
  }
}

TEST_CASE("parker: another thread ends the wait") {
  Parker parker;
  std::atomic<bool> waiting{false};
  int written = 0;
  const std::uint32_t seen = parker.epoch();
  std::thread other([&] {
    while (!waiting) std::this_thread::yield();
    written = 42;
    parker.unpark();
  });
  waiting = true;
  wait_while_unchanged(parker, seen, kForever);
  CHECK(written == 42);
  other.join();
}

TEST_CASE("parker: two threads wake each other many times") {
  constexpr int kRounds = 20'000;
  Parker here;
  Parker there;
  std::atomic<int> turn{0};  // even: ours
  std::thread other([&] {
    for (int i = 0; i < kRounds; ++i) {
      for (;;) {
        const std::uint32_t seen = there.epoch();
        if (turn.load() == 2 * i + 1) break;
        there.wait(seen, kForever);
      }
      turn = 2 * i + 2;
      here.unpark();
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    turn = 2 * i + 1;
    there.unpark();
    for (;;) {
      const std::uint32_t seen = here.epoch();
      if (turn.load() == 2 * i + 2) break;
      here.wait(seen, kForever);
    }
  }
  other.join();
  CHECK(turn == 2 * kRounds);
}
