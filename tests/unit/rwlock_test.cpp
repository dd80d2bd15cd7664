#include "sync/rwlock.hpp"

#include "tests/unit/catch.hpp"
#include "tests/unit/sync_threads.hpp"

using namespace braid::runtime;
using namespace braid::test;

namespace {

bool begin(TestUnit& unit, RWLock& lock, RWLock::Operation operation) {
  lock.reserve(unit.waiter());
  unit.prepare(lock, operation);
  return start(unit.node());
}

}  // namespace

TEST_CASE("rwlock: threads that read, write and give up keep its promise") {
  constexpr int kRounds = 10'000;
  TestProgram program;
  const Shared<RWLock> lock;
  std::int64_t value = 0;  // guarded by the lock
  std::atomic<std::int64_t> written{0};
  std::atomic<int> readers{0}, wrong{0};
  in_threads(program, 4, [&](TestUnit& unit, int index) {
    for (int i = 0; i < kRounds; ++i) {
      const bool writes = (i + index) % 4 == 0;
      const bool hurries = index == 0 && i % 3 == 0;
      if (!begin(unit, *lock, writes ? RWLock::write_op : RWLock::read_op) &&
          !unit.wait(hurries ? monotonic_now() + 1000 : kForever)) {
        continue;
      }
      if (writes) {
        if (readers != 0) ++wrong;
        ++value;
        ++written;
        if (!lock->release_write(unit.waiter())) ++wrong;
      } else {
        ++readers;
        if (value < 0) ++wrong;
        --readers;
        if (!lock->release_read(unit.waiter())) ++wrong;
      }
    }
  });
  CHECK(wrong == 0);
  CHECK(value == written);
  CHECK(lock->readers == 0);
  CHECK(lock->writer == 0);
}

TEST_CASE("rwlock: what a unit that ends holds passes on, and the object lives until then") {
  TestProgram program;
  const std::size_t before = arena::usage().blocks;
  {
    TestUnit reader(program), writer(program);
    auto* lock = arena::create<RWLock>();
    REQUIRE(begin(reader, *lock, RWLock::read_op));
    REQUIRE(begin(reader, *lock, RWLock::read_op));
    REQUIRE_FALSE(begin(writer, *lock, RWLock::write_op));
    drop(*lock);
    reader.waiter().hand_on();
    REQUIRE(writer.wait());
    CHECK(writer.node().argument == 0);
    CHECK(lock->written_by(writer.waiter()));
    writer.waiter().hand_on();
  }
  CHECK(arena::usage().blocks <= before + 2);  // the records of the threads are kept
}

TEST_CASE("rwlock: a unit that reads two of them keeps no more than it needs") {
  TestProgram program;
  const Shared<RWLock> first, second;
  TestUnit unit(program);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(begin(unit, *first, RWLock::read_op));
    REQUIRE(begin(unit, *second, RWLock::read_op));
    CHECK(first->read_by(unit.waiter()));
    CHECK(first->release_read(unit.waiter()));
    CHECK_FALSE(first->release_read(unit.waiter()));
    CHECK(second->release_read(unit.waiter()));
  }
}
