#include "sync/semaphore.hpp"

#include "tests/unit/catch.hpp"
#include "tests/unit/sync_threads.hpp"

using namespace braid::runtime;
using namespace braid::test;

TEST_CASE("semaphore: no permit is lost or made by threads that take, give and give up") {
  constexpr int kRounds = 20'000;
  constexpr int kPermits = 2;
  for (const std::int64_t most : {std::int64_t{kPermits}, Semaphore::kUnbounded}) {
    TestProgram program;
    const Shared<Semaphore> semaphore(kPermits, most);
    std::atomic<int> inside{0};
    std::atomic<int> too_many{0};
    in_threads(program, 4, [&](TestUnit& unit, int index) {
      for (int i = 0; i < kRounds; ++i) {
        if (!semaphore->acquire_free()) {
          unit.prepare(*semaphore, Semaphore::acquire_op);
          if (!unit.run(index == 0 ? monotonic_now() + 1000 : kForever)) continue;
        }
        if (++inside > kPermits) ++too_many;
        --inside;
        if (!semaphore->release(1)) ++too_many;
      }
    });
    CHECK(too_many == 0);
    CHECK(semaphore->count() == kPermits);
    CHECK(semaphore->waiters == 0);
  }
}

TEST_CASE("semaphore: a bound is kept, whoever waits") {
  TestProgram program;
  const Shared<Semaphore> semaphore(2, 2);
  TestUnit unit(program);
  CHECK_FALSE(semaphore->release(1));
  REQUIRE(semaphore->acquire_free());
  REQUIRE(semaphore->acquire_free());
  unit.prepare(*semaphore, Semaphore::acquire_op);
  REQUIRE_FALSE(start(unit.node()));
  CHECK_FALSE(semaphore->release(3));
  CHECK_FALSE(unit.woken());
  CHECK(semaphore->release(2));
  REQUIRE(unit.wait());
  CHECK(semaphore->count() == 1);
}

TEST_CASE("semaphore: one who gives up leaves the permit to the next") {
  TestProgram program;
  const Shared<Semaphore> semaphore(0, Semaphore::kUnbounded);
  TestUnit first(program), second(program);
  for (TestUnit* unit : {&first, &second}) {
    unit->prepare(*semaphore, Semaphore::acquire_op);
    REQUIRE_FALSE(start(unit->node()));
  }
  CHECK_FALSE(first.give_up());
  CHECK(semaphore->release(1));
  REQUIRE(second.wait());
  CHECK(semaphore->count() == 0);
  CHECK(semaphore->waiters == 0);
}
