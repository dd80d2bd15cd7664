#include "pool/pool.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "arena/arena.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/sync_threads.hpp"
#include "unit/thread.hpp"

using namespace braid::runtime;
using namespace braid::test;

namespace {

Cell cell_of(const char* text) {
  Cell cell;
  std::memcpy(cell.make(std::strlen(text), false), text, std::strlen(text));
  return cell;
}

std::string text_of(const Future& future) {
  return {reinterpret_cast<const char*>(future.message.data()), future.message.size()};
}

// A pool with the worker that its supervisor would have started.
struct World {
  explicit World(std::uint64_t calls = UINT64_MAX)
      : pool(*arena::create<Pool>(static_cast<Program&>(program), Pool::Limits{1, calls, 1})),
        unit(*arena::create<ThreadUnit>(static_cast<Program&>(program))) {}
  ~World() {
    drop(unit);
    drop(pool);
  }
  Worker& start_worker() {
    TestUnit supervisor(program);
    supervisor.prepare(pool, Pool::supervise_op);
    REQUIRE(attempt(supervisor.node()));
    REQUIRE(supervisor.node().argument == Pool::kStartWorker);
    return pool.add_worker(unit);
  }
  Future& future() { return *arena::create<Future>(&pool); }
  Future& submitted() {
    Future& made = future();
    REQUIRE(pool.submit(made) == Pool::Submitted::done);
    return made;
  }

  TestProgram program;
  Pool& pool;
  ThreadUnit& unit;
};

// Takes as a worker's unit does; null = it is to leave, or the time was up.
Future* take(TestUnit& unit, Pool& pool, Place& place, Nanos deadline = kForever) {
  Pool::place_of(unit.prepare(pool, Pool::take_op)) = &place;
  if (!unit.run(deadline)) return nullptr;
  auto* future = Ref<Future>::from_granule(static_cast<std::uint32_t>(unit.node().argument)).get();
  if (future != nullptr) place.begun = true;
  return future;
}

void end(Place& place, Future& future, const char* text) {
  Cell result = cell_of(text);
  if (!future.finish(Future::Result::returned, result)) result.free();
  place.current = nullptr;
  drop(future);
}

}  // namespace

TEST_CASE("pool: calls are taken in order, but those that were cancelled") {
  World world;
  std::array<Future*, 3> futures{};
  for (Future*& future : futures) future = &world.submitted();
  CHECK(world.pool.cancel(*futures[1], false));
  CHECK(futures[1]->result == Future::Result::cancelled);
  TestUnit unit(world.program);
  Worker& worker = world.start_worker();
  Place& place = world.pool.add_place(worker);
  for (const int i : {0, 2}) {
    Future* taken = take(unit, world.pool, place);
    REQUIRE(taken == futures[static_cast<std::size_t>(i)]);
    CHECK_FALSE(world.pool.cancel(*taken, false));
    end(place, *taken, "x");
    CHECK(text_of(*taken) == "x");
  }
  world.pool.close(false);
  CHECK(take(unit, world.pool, place) == nullptr);
  CHECK(world.pool.submit(*futures[0]) == Pool::Submitted::closed);
  world.pool.worker_gone(worker, 0, "");
  for (Future* future : futures) drop(*future);
}

TEST_CASE("pool: a worker that goes fails what it had begun and returns what it had not") {
  World world;
  Future& first = world.submitted();
  Worker& worker = world.start_worker();
  TestUnit unit(world.program);
  TestUnit other(world.program);
  Place& place = world.pool.add_place(worker);
  Place& idle = world.pool.add_place(worker);
  REQUIRE(take(unit, world.pool, place) == &first);
  Pool::place_of(other.prepare(world.pool, Pool::take_op)) = &idle;
  REQUIRE_FALSE(start(other.node()));
  Future& second = world.submitted();  // given to the one that waits, who never runs again
  CHECK(second.state.load() == Future::State::running);
  world.pool.worker_gone(worker, -9, "killed");
  CHECK(other.give_up());
  CHECK(first.result == Future::Result::died);
  CHECK(first.exit_code == -9);
  CHECK(text_of(first) == "killed");
  CHECK(second.state.load() == Future::State::pending);
  CHECK_FALSE(world.pool.idle());
  Worker& next = world.start_worker();
  Place& again = world.pool.add_place(next);
  REQUIRE(take(unit, world.pool, again) == &second);
  end(again, second, "y");
  CHECK(take(unit, world.pool, again, monotonic_now()) == nullptr);
  CHECK(world.pool.idle());
  world.pool.worker_gone(next, 0, "");
  drop(first);
  drop(second);
}

TEST_CASE("pool: one that breaks fails what is queued, with the reason") {
  World world;
  Future& future = world.submitted();
  world.pool.break_down("no", 2);
  CHECK(future.result == Future::Result::broken);
  CHECK(text_of(future) == "no");
  Future& late = world.future();
  CHECK(world.pool.submit(late) == Pool::Submitted::broken);
  drop(future);
  drop(late);
}

TEST_CASE("pool: a worker leaves after its calls, and another one is asked for") {
  World world(2);
  std::vector<Future*> futures;
  for (int i = 0; i < 3; ++i) futures.push_back(&world.submitted());
  TestUnit unit(world.program);
  for (int i = 0; i < 3;) {
    Worker& worker = world.start_worker();
    Place& place = world.pool.add_place(worker);
    int taken = 0;
    while (i < 3) {
      Future* future = take(unit, world.pool, place);
      if (future == nullptr) break;
      CHECK(future == futures[static_cast<std::size_t>(i++)]);
      end(place, *future, "z");
      ++taken;
    }
    CHECK(taken == (i == 3 ? 1 : 2));
    world.pool.worker_gone(worker, 0, "");
  }
  for (Future* future : futures) drop(*future);
}

TEST_CASE("pool: what a chunk has done is there one by one") {
  World world;
  Future& future = world.future();
  std::size_t offset = 0;
  CHECK(future.appended(offset).empty());
  for (int i = 0; i < 100; ++i) {
    const std::string text(static_cast<std::size_t>(i + 1), 'a');
    future.append(reinterpret_cast<const std::byte*>(text.data()), text.size());
  }
  std::size_t count = 0;
  for (auto one = future.appended(offset); !one.empty(); one = future.appended(offset)) {
    CHECK(one.size() == ++count);
  }
  CHECK(count == 100);
  drop(future);
}

TEST_CASE("pool: each call ends once, whoever submits, runs and cancels") {
  constexpr int kEach = 5'000;
  World world;
  Future& begins = world.submitted();
  Worker& worker = world.start_worker();
  std::atomic<int> ran{0};
  std::atomic<int> cancelled{0};
  std::atomic<int> wrong{0};
  std::atomic<int> submitters{2};
  in_threads(world.program, 4, [&](TestUnit& unit, int index) {
    if (index < 2) {
      Place& place = world.pool.add_place(worker);
      while (Future* future = take(unit, world.pool, place)) {
        ++ran;
        end(place, *future, "r");
      }
      world.pool.remove_place(place);
      return;
    }
    for (int i = 0; i < kEach; ++i) {
      Future& future = world.future();
      if (world.pool.submit(future) != Pool::Submitted::done) ++wrong;
      if (i % 3 == 0 && world.pool.cancel(future, false)) ++cancelled;
      unit.prepare(future, Future::done_op);
      if (!unit.run()) ++wrong;
      drop(future);
    }
    if (--submitters == 0) world.pool.close(false);
  });
  CHECK(wrong == 0);
  CHECK(ran + cancelled == 2 * kEach + 1);
  CHECK(begins.done());
  CHECK(world.pool.idle());
  world.pool.worker_gone(worker, 0, "");
  drop(begins);
}
