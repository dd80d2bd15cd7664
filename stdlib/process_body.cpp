// See process_body.hpp.
#include "stdlib/process_body.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "shared/memory.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/life.hpp"
#include "stdlib/open.hpp"
#include "stdlib/thread_body.hpp"
#include "unit/thread.hpp"
#include "unit/zygote.hpp"
#include "vm/lua_libs.hpp"
#include "vm/status_lines.hpp"

namespace braid::stdlib {
namespace {

using runtime::ProcessUnit;
using runtime::RunUnit;
using vm::Host;

// Made once by the zygote: each process has a copy that is its own.
constinit lua_State* g_state = nullptr;

// Without memory for it there is no state.
void with_state(lua_CFunction function) noexcept {
  if (g_state == nullptr) return;
  lua_pushcfunction(g_state, function);
  if (lua_pcall(g_state, 0, 0, 0) == LUA_OK) return;
  lua_close(g_state);
  g_state = nullptr;
}

void prepare() noexcept {
  define_travel();
  g_state = luaL_newstate();
  with_state([](lua_State* L) {
    luaL_checkversion(L);
    luaL_openlibs(L);
    vm::open_warnings(L);
    // What is old now is left alone by the collectors of the processes, and so need not be copied.
    lua_gc(L, LUA_GCGEN, 0, 0);
    return 0;
  });
}

void open_state() noexcept {
  with_state([](lua_State* L) {
    open(L);
    seed_random(L);
    Host& host = Host::of(L);
    host.enable_interrupt();
    host.program().one_thread_less();
    return 0;
  });
}

void discard() noexcept {
  if (g_state == nullptr) return;
  Host::of(g_state).program().census.threads.fetch_add(1);
  lua_close(g_state);
}

// (unit): from here on the process counts, and can be asked and cancelled.
int begin(lua_State* L) {
  auto& unit = *static_cast<ProcessUnit*>(lua_touserdata(L, 1));
  Host& host = Host::of(L);
  host.program().census.threads.fetch_add(1);
  name_thread(host, unit.name);
  unit.has_program(host.program());
  unit.begins(host.scheduler().record());
  return 0;
}

// The end of the process without what the C library does then for everybody: libraries that clear
// up, memory that was shared with the zygote and would be copied for it. Threads that are left may
// hold streams for ever, which only the long way does not mind.
void leave(int status, bool is_alone) noexcept {
  vm::hold_output();
#ifndef BRAID_WHOLE_EXIT
  if (!is_alone) return;
  std::fflush(nullptr);
  _exit(status);
#else
  (void)status, (void)is_alone;
#endif
}

// Has it no threads but the main one?
bool is_alone(Host& host) noexcept {
  int threads = 0;
  runtime::each_unclosed_thread(host.program(), [&](RunUnit&) { ++threads; });
  return threads <= 1;
}

int run() noexcept {
  ProcessUnit& unit = *runtime::this_process();
  lua_State* L = g_state;
  if (L == nullptr) {
    report_unit(unit, "not enough memory");
    return EXIT_FAILURE;
  }
  if (!live(L, unit, begin)) report_unit(unit, lua_tostring(L, -1));
  const bool failed =
      unit.result != RunUnit::Result::returned && unit.result != RunUnit::Result::cancelled;
  int status = failed ? EXIT_FAILURE : EXIT_SUCCESS;
  bool alone = false;
  if (unit.has_ended()) {
    Host& host = Host::of(L);
    const Host::Drained outcome = wait_for_others(L);
    if (outcome == Host::Drained::deadlock) {
      vm::status::write_report(host.deadlock_report(L).c_str());
    }
    if (outcome != Host::Drained::all || host.program().found_deadlock.load()) {
      status = EXIT_FAILURE;
    }
    alone = is_alone(host);
    lua_close(L);
  }
  leave(status, alone);
  return status;
}

}  // namespace

int run_zygote(char** argv) {
  const pid_t program = getppid();
  const int status = runtime::run_zygote(argv, {prepare, open_state, discard, run});
  // In the zygote itself: the program has ended, however it did.
  if (runtime::this_process() == nullptr) runtime::sweep_memory_after(program);
  return status;
}

}  // namespace braid::stdlib
