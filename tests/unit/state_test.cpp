// A Lua state with Braid in it can be made and closed for ever: nothing of it stays.
#include <unistd.h>

#include <fstream>

#include "tests/unit/catch.hpp"
#include "tests/unit/script_state.hpp"

using braid::test::Ran;
using braid::test::ScriptState;
using braid::vm::Host;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kStates = 2'000;
constexpr bool kMeasure = false;  // freed memory is kept for a while there
#else
constexpr int kStates = 100'000;
constexpr bool kMeasure = true;
#endif

long resident_kilobytes() {
  long size = 0;
  long resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

}  // namespace

TEST_CASE("state: opened and closed 100 000 times without growth") {
  long before = 0;
  for (int i = 0; i < kStates; ++i) {
    ScriptState state(false);
    state.close();
    REQUIRE(state.allocator.used() == 0);
    if (i == kStates / 10) before = resident_kilobytes();
  }
  if (kMeasure) CHECK(resident_kilobytes() - before < 1024);
}

TEST_CASE("state: also when every one of them has run tasks and parked a C stack") {
  long before = 0;
  for (int i = 0; i < kStates / 50; ++i) {
    ScriptState state;
    const Ran ran = state.run(R"lua(
      local task = braid.task
      task.gather(function() task.sleep(0) end, function()
        table.sort({2, 1}, function(a, b) task.yield() return a < b end)
      end)
      never = task.spawn(function() table.sort({2, 1}, function() task.sleep(3600) end) end)
      later = task.spawn(function() task.sleep(3600) end)
      braid.time.after(3600, print)
      task.yield()
    )lua");
    REQUIRE(ran.error.empty());
    state.close();  // with tasks left, one of them on a stack of its own
    REQUIRE(state.allocator.used() == 0);
    if (i == kStates / 500) before = resident_kilobytes();
  }
  if (kMeasure) CHECK(resident_kilobytes() - before < 4096);
}

TEST_CASE("state: two in one thread do not disturb each other") {
  ScriptState first;
  ScriptState second;
  CHECK(&first.host() != &second.host());
  CHECK(first.run("t = braid.task.spawn(function() braid.task.yield() return 1 end)").ok());
  CHECK(second
            .run("assert(braid.task.run(function() braid.task.sleep(0.001) return 2 end) == 2)"
                 "assert(#braid.task.all_tasks() == 0)")
            .ok());
  CHECK(first.run("assert(t:result() == 1)").ok());
  second.close();
  CHECK(first.run("assert(braid.task.run(function() return 3 end) == 3)").ok());
  CHECK(first.drain() == Host::Drained::all);
}

TEST_CASE("state: draining runs what is left, and says when that cannot end") {
  ScriptState state;
  CHECK(state
            .run("n = 0 for i = 1, 3 do braid.task.spawn(function() braid.task.sleep(0.001) "
                 "n = n + i end) end")
            .ok());
  CHECK(state.host().next_timeout_ns() == 0);
  CHECK(state.drain() == Host::Drained::all);
  CHECK(state.run("assert(n == 6)").ok());
  CHECK(state.host().next_timeout_ns() == -1);
  CHECK(state
            .run("local a, b a = braid.task.spawn(function() b:join() end) "
                 "b = braid.task.spawn(function() a:join() end)")
            .ok());
  CHECK(state.drain() == Host::Drained::deadlock);
  const std::string report = state.host().deadlock_report(state.L);
  CHECK(report.find("deadlock") != std::string::npos);
  CHECK(report.find("Task-4") != std::string::npos);
  state.host().cancel_all();
  CHECK(state.drain() == Host::Drained::all);
}

TEST_CASE("state: opening with too little memory raises, and closes cleanly") {
  int failures = 0;
  for (std::size_t limit = 20'000; limit < 400'000; limit += 97) {
    braid::vm::Allocator allocator;
    lua_State* L = luaL_newstate();
    allocator.install(L);
    allocator.limit(limit);
    lua_pushcfunction(L, braid::test::open_libraries);
    const int status = lua_pcall(L, 0, 0, 0);
    const bool opened = status == LUA_OK;
    if (!opened) {
      REQUIRE(status == LUA_ERRMEM);
      ++failures;
    }
    lua_close(L);
    REQUIRE(allocator.used() == 0);
    if (opened) {
      CHECK(failures > 10);
      return;
    }
  }
  FAIL("it never opened");
}
