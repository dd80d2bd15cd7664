#include "sync/lock.hpp"

#include "tests/unit/catch.hpp"
#include "tests/unit/sync_threads.hpp"

using namespace braid::runtime;
using namespace braid::test;

namespace {

// Takes the lock by competing; false: the time was up first.
bool compete(TestUnit& unit, Lock& lock, Nanos deadline = kForever) {
  unit.prepare(lock, Lock::compete_op);
  for (;;) {
    if (!unit.run(deadline)) return false;
    if (unit.node().argument != Lock::kTryAgain) return true;
    unit.prepare(lock, Lock::compete_op, Lock::kTryAgain);
  }
}

void take(TestUnit& unit, Lock& lock) {
  unit.prepare(lock, Lock::acquire_op);
  unit.run();
}

}  // namespace

TEST_CASE("lock: threads that compete, that are given it and that give up count together") {
  constexpr int kRounds = 20'000;
  TestProgram program;
  const Shared<Lock> lock(false);
  std::int64_t counted = 0;  // guarded by the lock
  std::atomic<std::int64_t> taken{0};
  in_threads(program, 4, [&](TestUnit& unit, int index) {
    for (int i = 0; i < kRounds; ++i) {
      if (index == 0 && i % 8 == 0) {
        if (!compete(unit, *lock, monotonic_now() + 1000)) continue;
      } else if (index == 1) {
        take(unit, *lock);
      } else if (!lock->acquire_free(unit.waiter())) {
        compete(unit, *lock);
      }
      ++counted;
      ++taken;
      lock->release(unit.waiter());
    }
  });
  CHECK(counted == taken);
  CHECK_FALSE(lock->locked());
  CHECK(lock->waiters == 0);
  CHECK(lock->trier == 0);
}

TEST_CASE("lock: whoever of another thread waits is woken to try, one at a time") {
  TestProgram program;
  const Shared<Lock> lock(false);
  TestUnit owner(program), first(program), second(program);
  REQUIRE(lock->acquire_free(owner.waiter()));
  for (TestUnit* unit : {&first, &second}) {
    unit->prepare(*lock, Lock::compete_op);
    REQUIRE_FALSE(start(unit->node()));
  }
  // Units of one thread would be given it; these have a thread each.
  lock->release(owner.waiter());
  if (lock->trier == 0) return;  // this test was held up for kPatience
  CHECK(first.woken());
  CHECK_FALSE(second.woken());
  CHECK_FALSE(lock->locked());
  // Others take it meanwhile and wake nobody.
  REQUIRE(lock->acquire_free(owner.waiter()));
  lock->release(owner.waiter());
  CHECK_FALSE(second.woken());
  REQUIRE(lock->acquire_free(owner.waiter()));

  REQUIRE(first.wait());
  REQUIRE(first.node().argument == Lock::kTryAgain);
  first.prepare(*lock, Lock::compete_op, Lock::kTryAgain);
  CHECK_FALSE(start(first.node()));  // it was beaten, and stands before the second one again
  const Nanos late = monotonic_now() + 2 * Lock::kPatience;
  while (monotonic_now() < late) {
  }
  lock->release(owner.waiter());  // now it is given to it
  CHECK_FALSE(lock->acquire_free(owner.waiter()));
  REQUIRE(first.wait());
  CHECK(first.node().argument == 0);
  CHECK(lock->owned_by(&first.waiter()));
  lock->release(first.waiter());
  REQUIRE(second.wait());
  if (second.node().argument == Lock::kTryAgain) lock->stop_trying(second.waiter());
}

TEST_CASE("lock: who stops trying, or ends, leaves the turn to the next one") {
  TestProgram program;
  const Shared<Lock> lock(false);
  TestUnit owner(program), first(program), second(program);
  for (const bool ends : {false, true}) {
    REQUIRE(lock->acquire_free(owner.waiter()));
    first.prepare(*lock, Lock::compete_op);
    REQUIRE_FALSE(start(first.node()));
    second.prepare(*lock, Lock::acquire_op);
    REQUIRE_FALSE(start(second.node()));
    lock->release(owner.waiter());
    REQUIRE(first.wait());
    if (first.node().argument == Lock::kTryAgain) {
      CHECK_FALSE(second.woken());
      ends ? first.waiter().hand_on() : lock->stop_trying(first.waiter());
    } else {
      lock->release(first.waiter());  // it waited too long
    }
    REQUIRE(second.wait());
    CHECK(lock->owned_by(&second.waiter()));
    lock->release(second.waiter());
    CHECK_FALSE(lock->locked());
    CHECK(lock->trier == 0);
  }
}

TEST_CASE("lock: an owner that ends is told of once") {
  TestProgram program;
  const Shared<Lock> lock(true);
  TestUnit owner(program), next(program);
  REQUIRE(lock->acquire_free(owner.waiter()));
  REQUIRE(lock->acquire_free(owner.waiter()));
  next.prepare(*lock, Lock::compete_op);
  REQUIRE_FALSE(start(next.node()));
  owner.waiter().hand_on();
  REQUIRE(next.wait());
  CHECK(next.node().argument == Lock::kOwnerDied);
  lock->release(next.waiter());
  CHECK(lock->acquire_free(owner.waiter()));
  CHECK(lock->release_fully(owner.waiter()) == 1);
  CHECK(lock->release_fully(owner.waiter()) == 0);
}

TEST_CASE("lock: it is taken back as often as it was held") {
  TestProgram program;
  const Shared<Lock> lock(true);
  TestUnit unit(program);
  for (int i = 0; i < 3; ++i) REQUIRE(lock->acquire_free(unit.waiter()));
  CHECK(lock->release_fully(unit.waiter()) == 3);
  CHECK_FALSE(lock->locked());
  unit.prepare(*lock, Lock::acquire_op, 3);
  REQUIRE(attempt(unit.node()));
  for (int i = 0; i < 3; ++i) CHECK(lock->release(unit.waiter()));
  CHECK_FALSE(lock->release(unit.waiter()));
}

TEST_CASE("lock: it outlives its last reference while somebody owns it or waits for it") {
  TestProgram program;
  const std::size_t before = arena::usage().blocks;
  {
    TestUnit owner(program);
    auto* lock = arena::create<Lock>(false);
    REQUIRE(lock->acquire_free(owner.waiter()));
    drop(*lock);
    CHECK(lock->owned_by(&owner.waiter()));
    owner.waiter().hand_on();
  }
  {
    TestUnit owner(program), other(program);
    auto* lock = arena::create<Lock>(false);
    REQUIRE(lock->acquire_free(owner.waiter()));
    other.prepare(*lock, Lock::acquire_op);
    REQUIRE_FALSE(start(other.node()));
    drop(*lock);
    owner.waiter().hand_on();
    REQUIRE(other.wait());
    other.waiter().hand_on();
  }
  CHECK(arena::usage().blocks <= before + 2);  // the records of the threads are kept
}
