#include "park/parker.hpp"

#include <atomic>
#include <thread>

#include "arena/arena.hpp"
#include "tests/unit/catch.hpp"

using namespace braid::runtime;

namespace {

struct Sleepers {
  explicit Sleepers(int threads) { census->threads = threads; }
  ~Sleepers() {
    arena::destroy(here);
    arena::destroy(there);
    arena::destroy(census);
  }
  Census* census = arena::create<Census>();
  Parker* here = arena::create<Parker>(*census);
  Parker* there = arena::create<Parker>(*census);
};

}  // namespace

TEST_CASE("parker: a wake-up before the wait is not lost") {
  const Sleepers test(2);
  test.here->unpark();
  CHECK(test.here->notified());
  CHECK(test.here->wait(kForever));  // would hang
  CHECK(!test.here->notified());
}

TEST_CASE("parker: a deadline that has passed does not wait") {
  const Sleepers test(1);
  CHECK(test.here->wait(0));
  CHECK(test.here->wait(monotonic_now() - 1));
}

TEST_CASE("parker: a wait does not end before its deadline") {
  const Sleepers test(1);
  for (const double seconds : {0.0001, 0.001, 0.02}) {
    const Nanos deadline = deadline_after(seconds);
    while (monotonic_now() < deadline) test.here->wait(deadline);
    CHECK(monotonic_now() >= deadline);
  }
}

TEST_CASE("parker: the last one awake does not go to sleep for ever") {
  const Sleepers test(1);
  CHECK(!test.here->wait(kForever));
  CHECK(test.census->asleep_for_ever == 0);
}

TEST_CASE("parker: whoever sleeps for ever is counted until it is woken") {
  const Sleepers test(2);
  bool woken = false;
  std::thread other([&] { woken = test.there->wait(kForever); });
  while (test.census->asleep_for_ever == 0) std::this_thread::yield();
  CHECK(!test.here->wait(kForever));
  test.there->unpark();
  CHECK(test.census->asleep_for_ever == 0);
  other.join();
  CHECK(woken);
}

TEST_CASE("parker: two threads wake each other many times") {
  constexpr int kRounds = 20'000;
  const Sleepers test(3);
  std::atomic<int> turn{0};  // even: ours
  std::thread other([&] {
    for (int i = 0; i < kRounds; ++i) {
      while (turn.load() != 2 * i + 1) test.there->wait(kForever);
      turn = 2 * i + 2;
      test.here->unpark();
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    turn = 2 * i + 1;
    test.there->unpark();
    while (turn.load() != 2 * i + 2) test.here->wait(kForever);
  }
  other.join();
  CHECK(turn == 2 * kRounds);
  CHECK(test.census->asleep_for_ever == 0);
}
