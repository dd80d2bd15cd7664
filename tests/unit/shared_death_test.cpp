// A process killed at any instruction of a change leaves the table with it or without it. A child
// makes the change step by step under ptrace and is killed after so many steps; then the table,
// whose mutex it may have held, is looked at. Where ptrace is forbidden there is nothing to see.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <functional>
#include <string>

#include "arena/arena.hpp"
#include "shared/table.hpp"
#include "tests/unit/catch.hpp"

using namespace braid::runtime;

namespace {

Key key(std::int64_t number) { return Key::of(number); }
Slot number(std::int64_t value) { return Slot::of(value); }

// What is in a table, for comparing.
std::string shown(Table& table) {
  TableCopy copy(table);
  table.copy(copy);
  std::string text = std::to_string(table.length()) + ":";
  for (const Slot& slot : copy.items()) text += " " + std::to_string(slot.integer());
  std::string found;
  for (int at = -1; at < 40; ++at) {
    const Slot slot = table.get(key(at));
    if (!slot.is_nil()) found += " " + std::to_string(at) + "=" + std::to_string(slot.integer());
  }
  return text + " |" + found + " | " + std::to_string(copy.pairs().size());
}

// So that the child takes its blocks from its own cache, not from the pages of all.
void fill_cache() {
  void* blocks[4];  // NOLINT(modernize-avoid-c-arrays)
  for (const std::size_t bytes : {64, 128, 256}) {
    for (void*& block : blocks) block = arena::allocate(bytes);
    for (void* block : blocks) arena::release(block);
  }
}

// Runs the change for at most so many instructions. Returns how many there were, or -1 when that
// cannot be done here.
long run_steps(Table& table, const std::function<void(Table&)>& change, long most) {
  arena::leave_thread();
  const pid_t child = fork();
  if (child == 0) {
    fill_cache();
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
    raise(SIGSTOP);
    change(table);
    _exit(0);
  }
  int status = 0;
  long steps = 0;
  waitpid(child, &status, 0);
  if (!WIFSTOPPED(status)) return -1;
  while (steps < most && WIFSTOPPED(status)) {
    if (ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) != 0) break;
    waitpid(child, &status, 0);
    ++steps;
  }
  if (WIFSTOPPED(status)) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
  }
  return steps;
}

void check_every_step(const std::function<void(Table&)>& prepare,
                      const std::function<void(Table&)>& change) {
#if defined(__SANITIZE_THREAD__)
  WARN("the thread sanitizer does not follow forks");
  return;
#endif
  const auto in_new_table = [&prepare](const auto& look) {
    Table& table = *arena::create<Table>();
    prepare(table);
    look(table);
    drop(table);
  };
  std::string before;
  std::string after;
  long steps = 0;
  in_new_table([&](Table& table) {
    before = shown(table);
    steps = run_steps(table, change, LONG_MAX);
    after = shown(table);
  });
  if (steps < 0) {
    WARN("ptrace is not allowed here");
    return;
  }
  REQUIRE(before != after);
  const long runs = std::clamp(200'000 / steps, 10L, 50L);
  int changed = 0;
  for (long most = 1; most < steps; most += steps / runs + 1) {
    in_new_table([&](Table& table) {
      run_steps(table, change, most);
      INFO("killed after " << most << " of " << steps << " instructions");
      const std::string left = shown(table);
      if (left != before) {
        ++changed;
        CHECK(left == after);
      }
      // It can be used as before.
      change(table);
      table.set(key(-1), number(1));
      CHECK(table.get(key(-1)) == number(1));
    });
  }
  CHECK(changed > 0);
}

void put_items(Table& table) {
  for (std::int64_t i = 1; i <= 12; ++i) table.append(number(100 + i));
}
void put_keys(Table& table) {
  for (std::int64_t i = 20; i < 36; ++i) table.set(key(i), number(i));
}

}  // namespace

TEST_CASE("shared table: death while an item is replaced") {
  check_every_step(put_items, [](Table& table) { table.set(key(5), number(7)); });
}

TEST_CASE("shared table: death while an item is removed from the end") {
  check_every_step(put_items, [](Table& table) { table.set(key(12), Slot()); });
}

TEST_CASE("shared table: death while an item is inserted, and a key becomes the last item") {
  check_every_step(
      [](Table& table) {
        put_items(table);
        table.set(key(14), number(14));
      },
      [](Table& table) { table.insert(3, number(7)); });
}

TEST_CASE("shared table: death while an item is removed from the middle") {
  check_every_step(put_items, [](Table& table) {
    Slot slot;
    table.remove(3, slot);
  });
}

TEST_CASE("shared table: death while keys become items") {
  check_every_step(
      [](Table& table) {
        for (const std::int64_t at : {0, 1, 2, 4, 5, 6}) table.set(key(at), number(at));
      },
      [](Table& table) { table.append(number(3)); });
}

TEST_CASE("shared table: death while a key is added, and a bucket is shared out") {
  check_every_step(put_keys, [](Table& table) { table.set(key(36), number(7)); });
}

TEST_CASE("shared table: death while a key is replaced") {
  check_every_step(put_keys, [](Table& table) { table.set(key(25), number(7)); });
}

TEST_CASE("shared table: death while a key is removed") {
  check_every_step(put_keys, [](Table& table) { table.set(key(25), Slot()); });
}
