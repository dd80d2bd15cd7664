#include "channel/queue.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "arena/arena.hpp"
#include "park/message.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/test_unit.hpp"

using namespace braid::runtime;
using braid::test::TestUnit;

namespace {

using Discipline = Queue::Discipline;

struct World {
  Program& program = *arena::create<Program>();
  ~World() { arena::destroy(&program); }
};

struct Shared {
  explicit Shared(std::uint64_t capacity = Queue::kUnbounded,
                  Discipline discipline = Discipline::fifo)
      : queue(*arena::create<Queue>(discipline, capacity)) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() { drop(queue); }
  Queue& queue;
};

Cell cell_of(const std::string& text) {
  Cell cell;
  std::memcpy(cell.make(text.size(), false), text.data(), text.size());
  return cell;
}

template <typename Number>
Cell keyed_cell(Number key, const std::string& text) {
  const SortKey sort = SortKey::of(key);
  Cell cell;
  std::byte* at = cell.make(sort.size() + text.size(), true);
  if constexpr (std::is_same_v<Number, std::string_view>) {
    sort.write(at, key);
  } else {
    sort.write(at, {});
  }
  std::memcpy(at + sort.size(), text.data(), text.size());
  return cell;
}

std::string text_of(Cell& cell) {
  const std::span<const std::byte> body = cell.body();
  std::string text(reinterpret_cast<const char*>(body.data()), body.size());
  cell.drop();
  return text;
}

void begin_put(TestUnit& unit, Queue& queue, const Cell& cell) {
  Queue::message(unit.prepare(queue, Queue::put_op)) = cell;
}
void begin_get(TestUnit& unit, Queue& queue) {
  Queue::message(unit.prepare(queue, Queue::get_op)).forget();
}

Queue::Result put(TestUnit& unit, Queue& queue, const Cell& cell) {
  begin_put(unit, queue, cell);
  unit.run();
  Queue::message(unit.node()).drop();
  return static_cast<Queue::Result>(std::int64_t{unit.node().argument});
}
Queue::Result put(TestUnit& unit, Queue& queue, const std::string& text) {
  return put(unit, queue, cell_of(text));
}
bool try_put(TestUnit& unit, Queue& queue, const std::string& text) {
  begin_put(unit, queue, cell_of(text));
  const bool done = attempt(unit.node());
  Queue::message(unit.node()).drop();
  return done;
}

std::string taken(TestUnit& unit) {
  if (unit.node().argument == Queue::kClosed) return "closed";
  return text_of(Queue::message(unit.node()));
}
std::string get(TestUnit& unit, Queue& queue) {
  begin_get(unit, queue);
  unit.run();
  return taken(unit);
}

}  // namespace

TEST_CASE("queue: first in, first out, through many segments and with long messages") {
  World world;
  TestUnit unit(world.program);
  Shared shared;
  std::mt19937 random(1);
  std::size_t put_count = 0;
  std::size_t got_count = 0;
  bool in_order = true;
  const auto text = [](std::size_t i) {
    return std::to_string(i) + std::string(i % 7 == 0 ? i % 3000 : i % 60, 'x');
  };
  for (int step = 0; step < 20000; ++step) {
    if (random() % 100 < (step < 10000 ? 55U : 45U)) {
      put(unit, shared.queue, text(put_count++));
    } else if (got_count < put_count) {
      in_order = in_order && get(unit, shared.queue) == text(got_count++);
    }
  }
  CHECK(shared.queue.size() == put_count - got_count);
  while (got_count < put_count) {
    in_order = in_order && get(unit, shared.queue) == text(got_count++);
  }
  CHECK(in_order);
}

TEST_CASE("queue: last in, first out") {
  World world;
  TestUnit unit(world.program);
  Shared shared(Queue::kUnbounded, Discipline::lifo);
  std::vector<std::string> expected;
  std::mt19937 random(2);
  bool in_order = true;
  for (int step = 0; step < 20000; ++step) {
    if (expected.empty() || random() % 2 == 0) {
      expected.push_back(std::to_string(step));
      put(unit, shared.queue, expected.back());
    } else {
      in_order = in_order && get(unit, shared.queue) == expected.back();
      expected.pop_back();
    }
  }
  CHECK(in_order);
}

TEST_CASE("queue: the least first, equals in the order they were put") {
  World world;
  TestUnit unit(world.program);
  Shared shared(Queue::kUnbounded, Discipline::priority);
  std::mt19937 random(3);
  std::vector<std::pair<std::int64_t, int>> expected;
  for (int i = 0; i < 1000; ++i) {
    const auto key = static_cast<std::int64_t>(random() % 50);
    expected.emplace_back(key, i);
    const std::string text = std::to_string(i);
    put(unit, shared.queue,
        i % 2 == 0 ? keyed_cell(key, text) : keyed_cell(static_cast<double>(key), text));
  }
  std::sort(expected.begin(), expected.end());
  bool in_order = true;
  for (const auto& [key, i] : expected) {
    in_order = in_order && get(unit, shared.queue) == std::to_string(i);
  }
  CHECK(in_order);
}

TEST_CASE("queue: keys compare as Lua compares") {
  const auto before = [](const Cell& a, const Cell& b) {
    return SortKey::at(a.data()).before(SortKey::at(b.data()));
  };
  const std::int64_t big = (std::int64_t{1} << 53) + 1;
  const double rounded = static_cast<double>(big);
  CHECK(before(keyed_cell(rounded, ""), keyed_cell(big, "")));
  CHECK_FALSE(before(keyed_cell(big, ""), keyed_cell(rounded, "")));
  CHECK(before(keyed_cell(INT64_MAX, ""), keyed_cell(9223372036854775808.0, "")));
  CHECK_FALSE(before(keyed_cell(INT64_MIN, ""), keyed_cell(-9223372036854775808.0, "")));
  CHECK(before(keyed_cell(-1e300, ""), keyed_cell(INT64_MIN, "")));
  CHECK(before(keyed_cell(std::int64_t{1}, ""), keyed_cell(1.5, "")));
  CHECK(before(keyed_cell(-1.5, ""), keyed_cell(std::int64_t{-1}, "")));
  using namespace std::string_view_literals;
  CHECK(before(keyed_cell("a"sv, ""), keyed_cell("b"sv, "")));
  CHECK(before(keyed_cell("a"sv, ""), keyed_cell("a\0a"sv, "")));
  CHECK(before(keyed_cell("a\0a"sv, ""), keyed_cell("a\0b"sv, "")));
  CHECK_FALSE(before(keyed_cell("a\0b"sv, ""), keyed_cell("a\0b"sv, "")));
  CHECK(before(keyed_cell(""sv, ""), keyed_cell("a"sv, "")));
}

TEST_CASE("queue: a key of another sort is refused while there are others") {
  World world;
  TestUnit unit(world.program);
  Shared shared(Queue::kUnbounded, Discipline::priority);
  using namespace std::string_view_literals;
  CHECK(put(unit, shared.queue, keyed_cell(std::int64_t{1}, "one")) == Queue::kDone);
  CHECK(put(unit, shared.queue, keyed_cell("text"sv, "text")) == Queue::kIncomparable);
  CHECK(get(unit, shared.queue) == "one");
  CHECK(put(unit, shared.queue, keyed_cell("text"sv, "text")) == Queue::kDone);
  // A message that comes back does so whatever has been put meanwhile.
  Cell cell = keyed_cell(std::int64_t{1}, "one");
  shared.queue.put_back(cell);
  CHECK(get(unit, shared.queue) == "one");
  CHECK(get(unit, shared.queue) == "text");
}

TEST_CASE("queue: a full one lets nobody in, and who waits comes in order") {
  World world;
  TestUnit unit(world.program);
  TestUnit first(world.program);
  TestUnit second(world.program);
  Shared shared(1);
  CHECK(try_put(unit, shared.queue, "a"));
  CHECK_FALSE(try_put(unit, shared.queue, "b"));
  begin_put(first, shared.queue, cell_of("c"));
  CHECK_FALSE(start(first.node()));
  begin_put(second, shared.queue, cell_of("d"));
  CHECK_FALSE(start(second.node()));
  CHECK(shared.queue.size() == 1);
  CHECK(get(unit, shared.queue) == "a");
  CHECK(first.woken());
  CHECK_FALSE(second.woken());
  CHECK(get(unit, shared.queue) == "c");
  CHECK(get(unit, shared.queue) == "d");
  CHECK(first.wait());
  CHECK(second.wait());
}

TEST_CASE("queue: who waits for a message is handed the next one, in order") {
  World world;
  TestUnit unit(world.program);
  TestUnit first(world.program);
  TestUnit second(world.program);
  Shared shared;
  for (TestUnit* getter : {&first, &second}) {
    begin_get(*getter, shared.queue);
    CHECK_FALSE(start(getter->node()));
  }
  CHECK(put(unit, shared.queue, "a") == Queue::kDone);
  CHECK(shared.queue.size() == 0);
  CHECK(put(unit, shared.queue, "b") == Queue::kDone);
  CHECK(first.wait());
  CHECK(second.wait());
  CHECK(taken(first) == "a");
  CHECK(taken(second) == "b");
}

TEST_CASE("queue: a wait that is given up has changed nothing") {
  World world;
  TestUnit unit(world.program);
  TestUnit other(world.program);
  Shared shared(1);
  begin_get(other, shared.queue);
  CHECK_FALSE(start(other.node()));
  CHECK_FALSE(other.give_up());
  CHECK(try_put(unit, shared.queue, "a"));
  CHECK(shared.queue.size() == 1);
  begin_put(other, shared.queue, cell_of("b"));
  CHECK_FALSE(start(other.node()));
  CHECK_FALSE(other.give_up());
  CHECK(Queue::message(other.node()).empty());
  CHECK(get(unit, shared.queue) == "a");
  CHECK(shared.queue.size() == 0);
}

TEST_CASE("queue: a rendezvous hands over directly") {
  World world;
  TestUnit unit(world.program);
  TestUnit other(world.program);
  Shared shared(0);
  CHECK_FALSE(try_put(unit, shared.queue, "a"));
  begin_put(other, shared.queue, cell_of("b"));
  CHECK_FALSE(start(other.node()));
  CHECK(get(unit, shared.queue) == "b");
  CHECK(other.wait());
  begin_get(other, shared.queue);
  CHECK_FALSE(start(other.node()));
  CHECK(try_put(unit, shared.queue, "c"));
  CHECK(other.wait());
  CHECK(taken(other) == "c");
}

TEST_CASE("queue: close ends those who wait; what is there can still be got") {
  World world;
  TestUnit unit(world.program);
  TestUnit putter(world.program);
  TestUnit getter(world.program);
  Shared full(1);
  CHECK(try_put(unit, full.queue, "a"));
  begin_put(putter, full.queue, cell_of("b"));
  CHECK_FALSE(start(putter.node()));
  full.queue.close();
  CHECK(putter.wait());
  CHECK(putter.node().argument == Queue::kClosed);
  CHECK(text_of(Queue::message(putter.node())) == "b");
  CHECK(put(unit, full.queue, "c") == Queue::kClosed);
  CHECK(get(unit, full.queue) == "a");
  CHECK(get(unit, full.queue) == "closed");
  Shared empty;
  begin_get(getter, empty.queue);
  CHECK_FALSE(start(getter.node()));
  empty.queue.close();
  CHECK(getter.wait());
  CHECK(taken(getter) == "closed");
}

TEST_CASE("queue: a message that could not be received is the next one again") {
  World world;
  TestUnit unit(world.program);
  for (const Discipline discipline : {Discipline::fifo, Discipline::lifo, Discipline::priority}) {
    Shared shared(Queue::kUnbounded, discipline);
    const auto made = [&](std::int64_t i) {
      const std::string text = std::to_string(i);
      return discipline == Discipline::priority ? keyed_cell(std::int64_t{7}, text) : cell_of(text);
    };
    for (int i = 0; i < 40; ++i) put(unit, shared.queue, made(i));
    for (int i = 0; i < 40; ++i) {
      begin_get(unit, shared.queue);
      unit.run();
      Cell cell = Queue::message(unit.node());
      const std::string text = std::to_string(discipline == Discipline::lifo ? 39 - i : i);
      shared.queue.put_back(cell);
      CHECK(get(unit, shared.queue) == text);
    }
    Cell cell = made(100);
    shared.queue.put_back(cell);
    TestUnit waiting(world.program);
    CHECK(get(unit, shared.queue) == "100");
    begin_get(waiting, shared.queue);
    CHECK_FALSE(start(waiting.node()));
    cell = made(101);
    shared.queue.put_back(cell);
    CHECK(waiting.wait());
    CHECK(taken(waiting) == "101");
  }
}

TEST_CASE("queue: several at once, as far as there is room") {
  World world;
  TestUnit unit(world.program);
  Shared shared(3);
  std::vector<Cell> cells;
  for (int i = 0; i < 5; ++i) cells.push_back(cell_of(std::to_string(i)));
  Queue::Result result{};
  CHECK(shared.queue.put_some(cells.data(), 5, result) == 3);
  CHECK(cells[0].empty());
  CHECK_FALSE(cells[3].empty());
  Cell got[5];
  CHECK(shared.queue.get_some(got, 5) == 3);
  for (int i = 0; i < 3; ++i) CHECK(text_of(got[i]) == std::to_string(i));
  shared.queue.close();
  CHECK(shared.queue.put_some(cells.data() + 3, 2, result) == 0);
  CHECK(result == Queue::kClosed);
  for (Cell& cell : cells) cell.drop();
}

TEST_CASE("queue: join waits until all is done, and not more is done than was put") {
  World world;
  TestUnit unit(world.program);
  TestUnit joiner(world.program);
  Shared shared;
  CHECK_FALSE(shared.queue.task_done());
  joiner.prepare(shared.queue, Queue::join_op);
  CHECK(start(joiner.node()));
  put(unit, shared.queue, "a");
  put(unit, shared.queue, "b");
  joiner.prepare(shared.queue, Queue::join_op);
  CHECK_FALSE(start(joiner.node()));
  get(unit, shared.queue);
  CHECK(shared.queue.task_done());
  CHECK_FALSE(joiner.woken());
  CHECK(shared.queue.task_done());
  CHECK(joiner.wait());
  CHECK_FALSE(shared.queue.task_done());
}

TEST_CASE("queue: a queue that is in its own messages goes with its last handle outside") {
  World world;
  TestUnit unit(world.program);
  // The message is the queue's place in the arena: what a reference in it would be.
  on_message_drop([](const std::byte* message, std::size_t size) noexcept {
    std::uint32_t granule = 0;
    if (size != 5 || message[0] != std::byte{'R'}) return;
    std::memcpy(&granule, message + 1, sizeof granule);
    drop(*Ref<Object>::from_granule(granule).get());
  });
  const std::size_t before = arena::usage().blocks;
  Queue& queue = *arena::create<Queue>(Discipline::fifo, Queue::kUnbounded);
  for (int i = 0; i < 3; ++i) {
    const std::uint32_t granule = Ref<Queue>(&queue).granule();
    std::string text = "R1234";
    std::memcpy(text.data() + 1, &granule, sizeof granule);
    Cell cell = cell_of(text);
    cell.set_own(1);
    retain(queue);
    put(unit, queue, cell);
  }
  begin_get(unit, queue);
  unit.run();
  retain(queue);  // the receiver's handle
  Queue::message(unit.node()).drop();
  drop(queue);
  CHECK(queue.size() == 2);
  drop(queue);
  CHECK(arena::usage().blocks == before);
  on_message_drop([](const std::byte*, std::size_t) noexcept {});
}

TEST_CASE("queue: a hundred thousand queues leave nothing behind") {
  World world;
  TestUnit unit(world.program);
  const arena::Usage before = arena::usage();
  for (int round = 0; round < 10; ++round) {
    std::vector<Queue*> queues;
    for (int i = 0; i < 10000; ++i) {
      queues.push_back(arena::create<Queue>(static_cast<Discipline>(i % 2),
                                            i % 2 == 0 ? Queue::kUnbounded : std::uint64_t{4}));
      if (i % 3 == 0)
        put(unit, *queues.back(), std::string(static_cast<std::size_t>(i % 200) + 1, 'x'));
    }
    for (Queue* queue : queues) drop(*queue);
  }
  const arena::Usage after = arena::usage();
  CHECK(after.blocks == before.blocks);
  CHECK(after.bytes == before.bytes);
}

namespace {

// Every message is got exactly once, and those of one putter by one getter in order.
void exchange(Queue& queue, Program& program, int putters, int getters, int messages) {
  std::atomic<std::int64_t> sum{0};
  std::atomic<int> got{0};
  std::atomic<bool> in_order{true};
  std::vector<std::thread> putting;
  std::vector<std::thread> getting;
  for (int g = 0; g < getters; ++g) {
    getting.emplace_back([&] {
      {
        TestUnit unit(program);
        std::vector<int> last(static_cast<std::size_t>(putters), -1);
        for (;;) {
          begin_get(unit, queue);
          if (!unit.run(monotonic_now() + 1'000'000)) continue;  // some waits are given up
          const std::string text = taken(unit);
          if (text == "closed") break;
          const auto p = static_cast<std::size_t>(text[0] - 'A');
          const int i = std::stoi(text.substr(1));
          if (i <= last[p]) in_order = false;
          last[p] = i;
          sum += i;
          ++got;
        }
      }
      arena::leave_thread();
    });
  }
  for (int p = 0; p < putters; ++p) {
    putting.emplace_back([&, p] {
      {
        TestUnit unit(program);
        for (int i = 0; i < messages;) {
          const std::string text = static_cast<char>('A' + p) + std::to_string(i);
          begin_put(unit, queue, cell_of(text + std::string(i % 50 == 0 ? 100 : 0, ' ')));
          if (unit.run(monotonic_now() + 1'000'000)) ++i;
          Queue::message(unit.node()).drop();
        }
      }
      arena::leave_thread();
    });
  }
  for (std::thread& thread : putting) thread.join();
  queue.close();
  for (std::thread& thread : getting) thread.join();
  CHECK(got == putters * messages);
  CHECK(sum == static_cast<std::int64_t>(putters) * messages * (messages - 1) / 2);
  if (queue.discipline == Discipline::fifo) CHECK(in_order);
}

}  // namespace

TEST_CASE("queue: threads exchange messages, each exactly once") {
  const std::size_t before = arena::usage().blocks;
  auto world = std::make_unique<World>();
  for (const std::uint64_t capacity :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{64}, Queue::kUnbounded}) {
    for (const auto& [putters, getters] : {std::pair{1, 1}, {2, 2}, {4, 1}, {1, 4}}) {
      Shared shared(capacity);
      exchange(shared.queue, world->program, putters, getters, 2000);
    }
  }
  {
    Shared lifo(8, Discipline::lifo);
    exchange(lifo.queue, world->program, 2, 2, 2000);
  }
  world.reset();
  CHECK(arena::usage().blocks == before);
}
