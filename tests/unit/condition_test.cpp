#include "sync/condition.hpp"

#include "tests/unit/catch.hpp"
#include "tests/unit/sync_threads.hpp"

using namespace braid::runtime;
using namespace braid::test;

TEST_CASE("condition: no notification is lost between threads that wait, tell and give up") {
  constexpr int kItems = 20'000;
  TestProgram program;
  const Shared<Lock> lock(false);
  const Shared<Condition> condition(*lock);
  int items = 0;  // guarded by the lock, as is the next
  int taken = 0;
  const auto acquire = [&](TestUnit& unit) {
    unit.prepare(*lock, Lock::acquire_op);
    unit.run();
  };
  in_threads(program, 4, [&](TestUnit& unit, int index) {
    if (index == 0) {
      for (int i = 0; i < kItems; ++i) {
        acquire(unit);
        ++items;
        condition->notify(1);
        lock->release(unit.waiter());
      }
      return;
    }
    for (;;) {
      acquire(unit);
      while (items == 0 && taken < kItems) {
        unit.prepare(*condition, Condition::wait_op);
        (void)start(unit.node());  // never done at once
        lock->release(unit.waiter());
        unit.wait(index == 1 ? monotonic_now() + 2000 : kForever);
        acquire(unit);
      }
      if (items > 0) --items, ++taken;
      const bool over = taken == kItems;
      if (over) condition->notify(Condition::kAll);
      lock->release(unit.waiter());
      if (over) return;
    }
  });
  CHECK(items == 0);
  CHECK(taken == kItems);
  CHECK(condition->waiting.empty());
}
