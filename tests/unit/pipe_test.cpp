#include "channel/pipe.hpp"

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "arena/arena.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/test_unit.hpp"

using namespace braid::runtime;
using braid::test::TestUnit;

namespace {

struct Ends {
  explicit Ends(bool duplex = true) : pipe((Pipe::create(duplex, end[0], end[1]), *end[0]->pipe)) {}
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;
  ~Ends() {
    close(0);
    close(1);
  }
  void close(int side) {
    if (end[side] != nullptr) drop(*end[side]);
    end[side] = nullptr;
  }
  Connection* end[2] = {};
  Pipe& pipe;
};

Cell text_cell(const std::string& text) {
  Cell cell;
  std::memcpy(cell.make(text.size() + 1, false) + 1, text.data(), text.size());
  cell.set_text_at(1);
  return cell;
}

std::string text_of(Cell& cell) {
  std::string text(reinterpret_cast<const char*>(cell.text().data()), cell.text_size());
  cell.drop();
  return text;
}

Pipe::Result send(Pipe& pipe, unsigned side, const std::string& text) {
  Cell cell = text_cell(text);
  Pipe::Result result{};
  const bool done = pipe.send_now(side, cell, result);
  cell.drop();
  return done ? result : Pipe::kNotText;  // that it would wait
}

std::string recv(Pipe& pipe, unsigned side, std::uint64_t most = UINT64_MAX) {
  Cell cell;
  Pipe::Result result{};
  if (!pipe.recv_now(side, Pipe::recv_text_op, most, cell, result)) return "waits";
  return result == Pipe::kDone ? text_of(cell) : std::to_string(result);
}

constexpr auto kWouldWait = Pipe::kNotText;

}  // namespace

TEST_CASE("pipe: each end reads what the other sends, in order, and then eof") {
  const std::size_t before = arena::usage().blocks;
  {
    Ends ends;
    for (const char* text : {"one", "two", ""}) CHECK(send(ends.pipe, 0, text) == Pipe::kDone);
    CHECK(send(ends.pipe, 1, "back") == Pipe::kDone);
    CHECK(recv(ends.pipe, 1) == "one");
    CHECK(recv(ends.pipe, 0) == "back");
    CHECK(recv(ends.pipe, 0) == "waits");
    ends.close(0);
    CHECK(recv(ends.pipe, 1) == "two");
    CHECK(recv(ends.pipe, 1).empty());
    CHECK(recv(ends.pipe, 1) == std::to_string(Pipe::kEof));
    CHECK(send(ends.pipe, 1, "nobody") == Pipe::kClosed);
  }
  CHECK(arena::usage().blocks == before);
}

TEST_CASE("pipe: what is too long stays, and who waits for less learns it") {
  auto& program = *arena::create<Program>();
  {
    Ends ends;
    send(ends.pipe, 0, "12345");
    CHECK(recv(ends.pipe, 1, 4) == std::to_string(Pipe::kTooLong));
    CHECK(recv(ends.pipe, 1, 5) == "12345");
    TestUnit small(program);
    TestUnit large(program);
    for (TestUnit* unit : {&small, &large}) {
      Pipe::message(unit->prepare(ends.pipe, Pipe::recv_text_op | 1, unit == &small ? 4 : 5))
          .forget();
      CHECK_FALSE(start(unit->node()));
    }
    send(ends.pipe, 0, "abcde");
    CHECK(small.wait());
    CHECK(small.node().argument == Pipe::kTooLong);
    CHECK(large.wait());
    CHECK(large.node().argument == Pipe::kDone);
    CHECK(text_of(Pipe::message(large.node())) == "abcde");
  }
  arena::destroy(&program);
}

TEST_CASE("pipe: a send waits while too much is unread, and not when nobody will read") {
  auto& program = *arena::create<Program>();
  {
    Ends ends;
    TestUnit unit(program);
    CHECK(send(ends.pipe, 0, std::string(Pipe::kMostUnread, 'x')) == Pipe::kDone);
    CHECK(send(ends.pipe, 0, "more") == kWouldWait);
    Pipe::message(unit.prepare(ends.pipe, Pipe::send_op)) = text_cell("later");
    CHECK_FALSE(start(unit.node()));
    CHECK(recv(ends.pipe, 1).size() == Pipe::kMostUnread);
    CHECK(unit.wait());
    CHECK(unit.node().argument == Pipe::kDone);
    CHECK(recv(ends.pipe, 1) == "later");
    send(ends.pipe, 0, std::string(Pipe::kMostUnread, 'x'));
    Pipe::message(unit.prepare(ends.pipe, Pipe::send_op)) = text_cell("never");
    CHECK_FALSE(start(unit.node()));
    ends.close(1);
    CHECK(unit.wait());
    CHECK(unit.node().argument == Pipe::kClosed);
    Pipe::message(unit.node()).drop();
  }
  arena::destroy(&program);
}

TEST_CASE("pipe: what was put back is the next message, or dropped when nobody reads") {
  const std::size_t before = arena::usage().blocks;
  {
    Ends ends;
    send(ends.pipe, 0, std::string(100, '1'));
    send(ends.pipe, 0, "2");
    Cell cell;
    Pipe::Result result{};
    CHECK(ends.pipe.recv_now(1, Pipe::recv_op, 0, cell, result));
    ends.pipe.put_back(1, cell);
    CHECK(recv(ends.pipe, 1).size() == 100);
    CHECK(ends.pipe.recv_now(1, Pipe::recv_op, 0, cell, result));
    ends.close(1);
    ends.pipe.put_back(1, cell);
    CHECK(cell.empty());
  }
  CHECK(arena::usage().blocks == before);
}

TEST_CASE("pipe: threads exchange messages, each exactly once, until eof") {
  const std::size_t before = arena::usage().blocks;
  auto& program = *arena::create<Program>();
  for (const int readers : {1, 3}) {
    Ends ends(false);
    constexpr int kMessages = 3000;
    std::atomic<std::int64_t> sum{0};
    std::vector<std::thread> threads;
    for (int r = 0; r < readers; ++r) {
      threads.emplace_back([&] {
        {
          TestUnit unit(program);
          for (;;) {
            Pipe::message(unit.prepare(ends.pipe, Pipe::recv_op | 0)).forget();
            if (!unit.run(monotonic_now() + 1'000'000)) continue;  // some waits are given up
            if (unit.node().argument == Pipe::kEof) break;
            sum += std::stoi(text_of(Pipe::message(unit.node())));
          }
        }
        arena::leave_thread();
      });
    }
    for (int i = 1; i <= kMessages; ++i) {
      send(ends.pipe, 1, std::to_string(i) + std::string(i % 100, ' '));
    }
    ends.close(1);
    for (std::thread& thread : threads) thread.join();
    CHECK(sum == std::int64_t{kMessages} * (kMessages + 1) / 2);
  }
  arena::destroy(&program);
  CHECK(arena::usage().blocks == before);
}
