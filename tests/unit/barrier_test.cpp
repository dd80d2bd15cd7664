#include "sync/barrier.hpp"

#include <algorithm>
#include <set>

#include "tests/unit/catch.hpp"
#include "tests/unit/sync_threads.hpp"

using namespace braid::runtime;
using namespace braid::test;

namespace {

constexpr double kNoTimeout = 1e300;

bool arrive(TestUnit& unit, Barrier& barrier) {
  unit.waiter().deadline = kForever;
  unit.prepare(barrier, Barrier::wait_op);
  return start(unit.node());
}

}  // namespace

TEST_CASE("barrier: every thread gets an index of its own, round after round") {
  constexpr int kRounds = 3000;
  constexpr std::uint32_t kParties = 4;
  for (const bool acts : {false, true}) {
    TestProgram program;
    const Shared<Barrier> barrier(kParties, acts, kNoTimeout);
    std::vector<std::atomic<unsigned>> seen(kRounds);
    std::atomic<int> actions{0};
    in_threads(program, kParties, [&](TestUnit& unit, int) {
      for (int i = 0; i < kRounds; ++i) {
        if (!arrive(unit, *barrier)) unit.wait();
        const std::int64_t result = unit.node().argument;
        if ((result & Barrier::kAct) != 0) {
          ++actions;
          barrier->acted(Barrier::Action::done);
        }
        seen[static_cast<std::size_t>(i)] |= 1U << (result & Barrier::kIndexMask);
      }
    });
    CHECK(std::all_of(seen.begin(), seen.end(), [](const auto& all) { return all == 0xf; }));
    CHECK(actions == (acts ? kRounds : 0));
    CHECK(barrier->arrived == 0);
  }
}

TEST_CASE("barrier: parties that give up are counted out, and no round is incomplete") {
  constexpr int kRounds = 4000;
  TestProgram program;
  const Shared<Barrier> barrier(2U, false, kNoTimeout);
  // Two stay and two come and go: whoever passes does so as one of a pair.
  std::atomic<int> passed[2] = {{0}, {0}};
  std::atomic<int> staying{2};
  in_threads(program, 4, [&](TestUnit& unit, int index) {
    const auto count = [&] { ++passed[unit.node().argument]; };
    if (index < 2) {
      for (int i = 0; i < kRounds; ++i) {
        if (!arrive(unit, *barrier)) unit.wait();
        count();
      }
      --staying;
      return;
    }
    while (staying > 0) {
      if (arrive(unit, *barrier)) {
        count();
      } else if (unit.give_up()) {
        count();
      }
    }
  });
  CHECK(passed[0] == passed[1]);
  CHECK(barrier->waiting_now() == 0);
}

TEST_CASE("barrier: one that gives up while the action runs keeps its place, the others pass") {
  TestProgram program;
  const Shared<Barrier> barrier(3U, true, kNoTimeout);
  TestUnit leaves(program), stays(program), acts(program), next(program);
  REQUIRE_FALSE(arrive(leaves, *barrier));
  REQUIRE_FALSE(arrive(stays, *barrier));
  REQUIRE(arrive(acts, *barrier));
  CHECK(acts.node().argument == (2 | Barrier::kAct));
  CHECK_FALSE(leaves.give_up());
  CHECK_FALSE(stays.woken());
  REQUIRE_FALSE(arrive(next, *barrier));
  CHECK(barrier->waiting_now() == 1);
  CHECK(barrier->acted(Barrier::Action::done));
  REQUIRE(stays.wait());
  CHECK(stays.node().argument == 1);
  CHECK_FALSE(next.woken());
  CHECK_FALSE(next.give_up());
}

TEST_CASE("barrier: who ends while it waits or acts is counted out, and another one acts") {
  TestProgram program;
  const Shared<Barrier> barrier(3U, true, kNoTimeout);
  TestUnit first(program), second(program), acts(program);
  REQUIRE_FALSE(arrive(first, *barrier));
  CHECK_FALSE(first.give_up());
  CHECK_FALSE(barrier->is_broken());
  REQUIRE_FALSE(arrive(first, *barrier));
  REQUIRE_FALSE(arrive(second, *barrier));
  REQUIRE(arrive(acts, *barrier));
  acts.waiter().hand_on();
  REQUIRE(first.wait());
  CHECK(first.node().argument == (0 | Barrier::kAct));
  CHECK(barrier->acted_by(&first.waiter()));
  CHECK_FALSE(barrier->acted(Barrier::Action::left));
  REQUIRE(second.wait());
  CHECK(second.node().argument == (1 | Barrier::kAct));
  CHECK_FALSE(barrier->acted(Barrier::Action::left));
  CHECK(barrier->actor == 0);
  CHECK_FALSE(barrier->is_broken());
  REQUIRE_FALSE(arrive(first, *barrier));
  REQUIRE_FALSE(arrive(second, *barrier));
  REQUIRE(arrive(acts, *barrier));
  CHECK(barrier->acted(Barrier::Action::done));
  CHECK(first.wait());
  CHECK(second.wait());
}

TEST_CASE("barrier: a deadline that has passed breaks it when its party leaves") {
  TestProgram program;
  const Shared<Barrier> barrier(3U, false, kNoTimeout);
  TestUnit late(program), other(program);
  REQUIRE_FALSE(arrive(late, *barrier));
  REQUIRE_FALSE(arrive(other, *barrier));
  late.waiter().deadline = monotonic_now();
  CHECK_FALSE(late.give_up());
  REQUIRE(other.wait());
  CHECK(other.node().argument == Barrier::kBroken);
  CHECK(barrier->is_broken());
  CHECK(arrive(late, *barrier));
  CHECK(late.node().argument == Barrier::kBroken);
}

TEST_CASE("barrier: a reset while the action runs spoils that round only") {
  TestProgram program;
  const Shared<Barrier> barrier(2U, true, kNoTimeout);
  TestUnit waits(program), acts(program), third(program), fourth(program);
  REQUIRE_FALSE(arrive(waits, *barrier));
  REQUIRE(arrive(acts, *barrier));
  barrier->reset();
  REQUIRE(waits.wait());
  CHECK(waits.node().argument == Barrier::kBroken);
  REQUIRE_FALSE(arrive(third, *barrier));
  REQUIRE_FALSE(arrive(fourth, *barrier));
  CHECK_FALSE(barrier->acted(Barrier::Action::done));
  REQUIRE(fourth.wait());
  CHECK(fourth.node().argument == (1 | Barrier::kAct));
  CHECK(barrier->acted(Barrier::Action::done));
  REQUIRE(third.wait());
  CHECK(third.node().argument == 0);
}

TEST_CASE("barrier: threads that abort, reset and leave do it no harm") {
  constexpr int kRounds = 5000;
  TestProgram program;
  const Shared<Barrier> barrier(2U, true, kNoTimeout);
  std::atomic<int> wrong{0};
  in_threads(program, 4, [&](TestUnit& unit, int index) {
    for (int i = 0; i < kRounds; ++i) {
      if (index == 0 && i % 4 == 0) {
        i % 8 == 0 ? barrier->abort() : barrier->reset();
        continue;
      }
      if (!arrive(unit, *barrier) && !unit.give_up()) continue;
      const std::int64_t result = unit.node().argument;
      if (result == Barrier::kBroken) continue;
      if ((result & Barrier::kIndexMask) > 1) ++wrong;
      if ((result & Barrier::kAct) != 0) barrier->acted(static_cast<Barrier::Action>(i % 3));
    }
  });
  CHECK(wrong == 0);
  CHECK(barrier->actor == 0);
  CHECK(barrier->filling.empty());
  CHECK(barrier->releasing.empty());
}
