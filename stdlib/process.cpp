// braid.process, the C++ half: what can be done with the handle of a process, beside what it has in
// common with a thread (run_unit.cpp). What it runs stands in process_body.cpp.
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <thread>

#include "lua_sources.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/run_unit.hpp"
#include "unit/process.hpp"
#include "unit/zygote.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::ObjectKind;
using runtime::ProcessUnit;
using runtime::RunUnit;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
namespace errors = vm::errors;

constexpr const char* kSource = "=braid.process";  // of the Lua half

ProcessUnit& self(const Call& call) {
  return static_cast<ProcessUnit&>(run_unit_self(call, ObjectKind::process));
}
ProcessUnit& open_self(const Call& call) {
  return static_cast<ProcessUnit&>(open_unit_self(call, ObjectKind::process));
}
ProcessUnit& process_of_handle(lua_State* L) { return static_cast<ProcessUnit&>(of_handle(L)); }

// new() -> handle
Outcome process_new(Call& call) {
  auto& family = call.host.program().family();
  auto& process = vm::make_shared<ProcessUnit>(call, ObjectKind::process, family);
  char name[32];
  std::snprintf(name, sizeof name, "Process-%u", family.processes_named.fetch_add(1) + 1);
  process.set_name(name);
  return Outcome::values(1);
}

// A zygote answers within a millisecond, unless it was killed with the request.
constexpr runtime::Nanos kAskAgain = runtime::kNanosPerSecond;

Outcome wait_for_fork(Call& call, ProcessUnit& process);

// The zygote has answered, or should have.
Outcome has_forked(Call& call, Wake wake) {
  ProcessUnit& process = process_of_handle(call.L);
  if (wake == Wake::timeout) {
    runtime::ask_zygote_again(*process.family, process);
    return wait_for_fork(call, process);
  }
  if (process.start_error == 0) return Outcome::values(0);
  process.was_not_started();
  return cannot_start(call, process, process.start_error, kSource);
}

Outcome wait_for_fork(Call& call, ProcessUnit& process) {
  const vm::Patience patience{runtime::monotonic_now() + kAskAgain, false};
  call.prepare(process, ProcessUnit::begun_op, 0, patience);
  return call.start_always(patience, "a Process to begin", has_forked, runtime::OnCancel::stay);
}

// start(process, fn, ...): the process runs fn(...)                         [-0, +0, e, waits]
Outcome process_start(Call& call) {
  ProcessUnit& process = open_self(call);
  if (const ProcessUnit* here = runtime::this_process(); here != nullptr && here->daemon.load()) {
    return Outcome::raise(errors::kInvalidState, "a daemon process may not start processes");
  }
  runtime::main_process(*process.family);  // the parent that its child will ask for
  constexpr auto start = [](RunUnit& unit, runtime::Message* to_call,
                            runtime::Message* surroundings) {
    return static_cast<ProcessUnit&>(unit).start(to_call, surroundings);
  };
  const Outcome outcome = start_unit(call, process, start, kSource);
  if (outcome.kind != Outcome::Kind::values) return outcome;
  lua_settop(call.L, 1);
  return wait_for_fork(call, process);
}

Outcome push_pid(Call& call, Wake) {
  const std::int32_t pid = process_of_handle(call.L).pid;
  if (pid == 0) {
    lua_pushnil(call.L);
  } else {
    lua_pushinteger(call.L, pid);
  }
  return Outcome::values(1);
}

// get(process, field) -> value
Outcome process_get(Call& call) {
  ProcessUnit& process = self(call);
  enum Field { name, daemon, pid, ident, exitcode, sentinel, detached, id, state };
  static constexpr const char* kFields[] = {"name",     "daemon",   "pid", "ident", "exitcode",
                                            "sentinel", "detached", "id",  "state", nullptr};
  switch (luaL_checkoption(call.L, 2, nullptr, kFields)) {
    case name: lua_pushstring(call.L, process.name); break;
    case daemon: lua_pushboolean(call.L, process.daemon.load()); break;
    case ident:
    case pid: return push_pid(call, {});
    case exitcode:
      if (process.state.load() == RunUnit::State::closed) {
        lua_pushinteger(call.L, process.exit_code);
      } else {
        lua_pushnil(call.L);
      }
      break;
    case sentinel: lua_settop(call.L, 1); break;
    case detached: lua_pushboolean(call.L, process.detached); break;
    case state: lua_pushstring(call.L, state_name(process)); break;
    default: lua_pushinteger(call.L, runtime::Ref<ProcessUnit>(&process).granule());
  }
  return Outcome::values(1);
}

// set_name(process, name)
Outcome process_set_name(Call& call) {
  set_unit_name(call, self(call));
  return Outcome::values(0);
}

Outcome only_before_start(const char* what) { return Outcome::raise(errors::kInvalidState, what); }

// set_daemon(process, flag)
Outcome process_set_daemon(Call& call) {
  ProcessUnit& process = self(call);
  luaL_checktype(call.L, 2, LUA_TBOOLEAN);
  if (process.state.load() != RunUnit::State::created) {
    return only_before_start("daemon cannot be set once a process was started");
  }
  process.daemon = lua_toboolean(call.L, 2) != 0;
  return Outcome::values(0);
}

// set_detached(process)
Outcome process_set_detached(Call& call) {
  self(call).detached = true;
  return Outcome::values(0);
}

// signal(process, number) -> boolean: false when it has ended
Outcome process_signal(Call& call) {
  ProcessUnit& process = open_self(call);
  const auto number = static_cast<int>(luaL_checkinteger(call.L, 2));
  if (process.state.load() == RunUnit::State::created) {
    return only_before_start("a process that was not started cannot be signalled");
  }
  const int error = process.signal(number);
  if (error != 0 && error != ESRCH) return Outcome::raise(nullptr, std::strerror(error));
  lua_pushboolean(call.L, error == 0);
  return Outcome::values(1);
}

// kill(pid, number) -> nil | what the system says against it
int process_kill(lua_State* L) {
  const auto pid = static_cast<pid_t>(luaL_checkinteger(L, 1));
  const auto number = static_cast<int>(luaL_checkinteger(L, 2));
  runtime::each_process(vm::Host::of(L).program().family(), [&](ProcessUnit& process) {
    if (process.pid == pid) process.is_signalled(number);
  });
  if (kill(pid, number) == 0) return 0;
  lua_pushstring(L, std::strerror(errno));
  return 1;
}

Outcome refuse_close(Call&) {
  return Outcome::raise(errors::kInvalidState, "cannot close a process that is running");
}

// current() -> handle
Outcome process_current(Call& call) {
  push_shared(call.L, runtime::main_process(call.host.program().family()));
  return Outcome::values(1);
}

// parent() -> handle | nil
int process_parent(lua_State* L) {
  const ProcessUnit* here = runtime::this_process();
  if (here == nullptr || !here->parent) {
    lua_pushnil(L);
  } else {
    push_shared(L, *here->parent);
  }
  return 1;
}

// children() -> handles of the processes that this one has started and that have not ended, the
// oldest first, and how many they are
int process_children(lua_State* L) {
  return push_unit_list(L, ObjectKind::process, [](lua_State* state, UnitPlaces& places) {
    auto& family = vm::Host::of(state).program().family();
    runtime::each_process(family, [&](ProcessUnit& process) {
      if (process.parent_pid == getpid()) places.add(process);
    });
  });
}

int process_getpid(lua_State* L) {
  lua_pushinteger(L, getpid());
  return 1;
}

// The process that has started this one.
int process_getppid(lua_State* L) {
  const ProcessUnit* here = runtime::this_process();
  lua_pushinteger(L, here != nullptr && here->parent_pid != 0 ? here->parent_pid : getppid());
  return 1;
}

int process_cpu_count(lua_State* L) {
  lua_pushinteger(L, std::thread::hardware_concurrency());
  return 1;
}

constexpr luaL_Reg kCore[] = {{"new", bind<process_new>},
                              {"start", bind<process_start>},
                              {"get", bind<process_get>},
                              {"set_name", bind<process_set_name>},
                              {"set_daemon", bind<process_set_daemon>},
                              {"set_detached", bind<process_set_detached>},
                              {"signal", bind<process_signal>},
                              {"kill", process_kill},
                              {"refuse_close", bind<refuse_close>},
                              {"current", bind<process_current>},
                              {"parent", process_parent},
                              {"children", process_children},
                              {"getpid", process_getpid},
                              {"getppid", process_getppid},
                              {"cpu_count", process_cpu_count},
                              {nullptr, nullptr}};

// {NAME = number, last = the highest number}
void push_signals(lua_State* L) {
  lua_newtable(L);
  for (int number = 1; number < NSIG; ++number) {
    const char* name = sigabbrev_np(number);
    if (name == nullptr) continue;
    lua_pushinteger(L, number);
    lua_setfield(L, -2, name);
  }
  lua_pushinteger(L, SIGRTMAX);
  lua_setfield(L, -2, "last");
}

}  // namespace

void register_process(lua_State* L) {
  if (vm::Host::of(L).handle_type(ObjectKind::process) != nullptr) return;
  register_shared(L, ObjectKind::process, kProcessMethods.data());
  // The handle is the sentinel, which is waited for.
  lua_getfield(L, -1, "join");
  lua_setfield(L, -2, "wait");
  lua_pop(L, 1);
}

int load_process(lua_State* L) {
  register_process(L);
  luaL_newlib(L, kCore);
  push_signals(L);
  lua_setfield(L, -2, "signals");
  lua_newtable(L);
  luaL_setfuncs(L, kProcessMethods.data(), 0);
  load_unit_module(L, "Process", lua_process, kSource);
  return 1;
}

}  // namespace braid::stdlib
