// Out of memory at every place there is. Each script runs with its first allocation refused, then
// in a fresh state with its second, and so on until it gets through without a refusal. Wherever it
// hits: the script succeeds or raises "not enough memory" (or a task that failed of it was told),
// nobody hangs, the state goes on working, and closing it gives everything back.
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "tests/unit/catch.hpp"
#include "tests/unit/memory_scripts.hpp"
#include "tests/unit/refusals.hpp"
#include "tests/unit/script_state.hpp"

namespace {

using braid::test::CapturedStderr;
using braid::test::g_cpp;
using braid::test::g_lua;
using braid::test::Ran;
using braid::test::Refusals;
using braid::test::Script;
using braid::test::ScriptState;
using braid::vm::Host;

constexpr unsigned kSecondsToHang = 3;       // of a run that takes a millisecond
constexpr std::uint64_t kOnce = 1;           // Lua collects, and the second try succeeds
constexpr std::uint64_t kTwice = 2;          // one allocation fails
constexpr std::uint64_t kTenTimes = 10;      // and so do the first attempts to clean up
constexpr std::uint64_t kForGood = 1 << 30;  // until the main chunk and its tasks have ended

Host* g_host = nullptr;
bool g_deadlock = false;
volatile sig_atomic_t g_hung = 0;

// A run that hangs is woken, so that it can be named; one that cannot be woken ends the program.
void on_alarm(int) {
  if (g_hung != 0) abort();
  g_hung = 1;
  alarm(10);
  g_host->interrupt();
}

bool says_memory(const std::string& text) {
  // A stack that cannot grow is told apart from one that may not by nobody, nor is it in Lua.
  for (const char* word : {"not enough memory", "stack overflow", "too many"}) {
    if (text.find(word) != std::string::npos) return true;
  }
  return false;
}

// One run. Returns what is wrong with it, or nothing.
std::string run_once(const Script& script, Refusals& source, std::uint64_t n, std::uint64_t count,
                     bool& reached) {
  CapturedStderr captured;
  std::string wrong;
  const auto bug = [&](const std::string& what) { wrong += "\n    " + what; };
  ScriptState state(!script.requires_braid);
  braid::test::prepare_refusals(state.L);
  g_deadlock = false;
  g_hung = 0;
  g_host = &state.host();
  g_host->enable_interrupt();
  alarm(kSecondsToHang);
  state.host().on_deadlock([](const char*) { g_deadlock = true; });

  const std::string text = script.source;
  source = {n, count, 0};
  int status = luaL_loadbuffer(state.L, text.data(), text.size(), "=script");
  if (status == LUA_OK) status = lua_pcall(state.L, 0, 0, 0);
  // Draining with no stack to drain on is refused, and says so: not what this is about.
  if (&source == &g_cpp && count == kForGood) reached = std::exchange(source, {}).reached();
  // A script that was left by an error cannot have waited for its own sleepers.
  if (status != LUA_OK) state.host().cancel_all();
  const Host::Drained drained = state.drain();
  alarm(0);
  if (g_hung != 0) {
    bug("hangs");
    state.host().cancel_all();
    state.drain();
  }
  if (source.first != 0) reached = std::exchange(source, {}).reached();
  Ran ran{status, {}};
  if (status != LUA_OK) {
    lua_getglobal(state.L, "tostring");
    lua_insert(state.L, -2);
    lua_pcall(state.L, 1, 1, 0);
    ran.error = luaL_tolstring(state.L, -1, nullptr);
    lua_settop(state.L, 0);
  }
  if (g_deadlock || (g_hung == 0 && drained != Host::Drained::all)) bug("deadlock");
  if (!reached && !ran.ok()) bug("fails without a refusal: " + ran.error);
  if (!state.host().scheduler().alone()) bug("units are left");
  const Ran after = state.run(braid::test::kHealthy);
  if (!after.ok()) bug("afterwards: " + after.error);
  if (state.drain() != Host::Drained::all) bug("afterwards: deadlock");
  g_host = nullptr;
  state.close();
  if (state.allocator.used() != 0) bug("left in use: " + std::to_string(state.allocator.used()));
  if (g_hung == 0 && !ran.ok() && !says_memory(ran.error) && !says_memory(captured.text())) {
    bug("raised: " + ran.error);
  }
  if (!wrong.empty()) wrong += "\n    stderr: " + captured.text();
  return wrong;
}

void run_with_refusals(Refusals& source, std::uint64_t count) {
  signal(SIGALRM, on_alarm);
  const char* only = std::getenv("BRAID_MEMORY_SCRIPT");
  std::string wrong;
  for (const Script& script : braid::test::kMemoryScripts) {
    if (only != nullptr && std::strcmp(only, script.name) != 0) continue;
    std::size_t bugs = 0;
    bool reached = true;
    for (std::uint64_t n = 1; reached && bugs < 3; ++n) {
      const std::string found = run_once(script, source, n, count, reached);
      if (found.empty()) continue;
      ++bugs;
      wrong += "\n  " + std::string(script.name) + ", refusal " + std::to_string(n) + found;
    }
  }
  INFO(wrong);
  CHECK(wrong.empty());
}

}  // namespace

TEST_CASE("memory: a refusal that a collection makes good is not seen") {
  run_with_refusals(g_lua, kOnce);
}

TEST_CASE("memory: one allocation of Lua fails") { run_with_refusals(g_lua, kTwice); }

TEST_CASE("memory: ten refusals in a row") { run_with_refusals(g_lua, kTenTimes); }

TEST_CASE("memory: nothing is left until the script has ended") {
  run_with_refusals(g_lua, kForGood);
}

TEST_CASE("memory: one allocation of the engine fails") { run_with_refusals(g_cpp, kOnce); }

TEST_CASE("memory: the engine gets nothing until the main chunk has ended") {
  run_with_refusals(g_cpp, kForGood);
}
