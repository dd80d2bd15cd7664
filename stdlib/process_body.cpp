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

namespace braid::stdlib {
namespace {

using runtime::ProcessUnit;
using runtime::RunUnit;
using vm::Host;

// Made once by the zygote: each process has a copy that is its own.
constinit lua_State* g_state = nullptr;

void prepare() noexcept {
  define_travel();
  g_state = luaL_newstate();
  if (g_state == nullptr) return;
  lua_pushcfunction(g_state, [](lua_State* L) {
    luaL_checkversion(L);
    luaL_openlibs(L);
    return 0;
  });
  if (lua_pcall(g_state, 0, 0, 0) == LUA_OK) return;
  lua_close(g_state);
  g_state = nullptr;
}

// (unit): from here on the process counts, and can be asked and cancelled.
int begin(lua_State* L) {
  auto& unit = *static_cast<ProcessUnit*>(lua_touserdata(L, 1));
  open(L);
  Host& host = Host::of(L);
  name_thread(host, unit.name);
  host.enable_interrupt();
  unit.has_program(host.program());
  unit.begins(host.scheduler().record());
  return 0;
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
  if (unit.has_ended()) {
    Host& host = Host::of(L);
    const Host::Drained outcome = wait_for_others(L);
    if (outcome == Host::Drained::deadlock) std::fputs(host.deadlock_report(L).c_str(), stderr);
    if (outcome != Host::Drained::all || host.program().found_deadlock.load()) {
      status = EXIT_FAILURE;
    }
    lua_close(L);
  }
  vm::hold_output();
  return status;
}

}  // namespace

int run_zygote(char** argv) {
  const pid_t program = getppid();
  const int status = runtime::run_zygote(argv, {prepare, run});
  // In the zygote itself: the program has ended, however it did.
  if (runtime::this_process() == nullptr) runtime::sweep_memory_after(program);
  return status;
}

}  // namespace braid::stdlib
