#include "stdlib/thread_body.hpp"

#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "arena/arena.hpp"
#include "pool/pool.hpp"
#include "stdlib/life.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/open.hpp"
#include "unit/inquiry.hpp"
#include "unit/process.hpp"
#include "unit/thread.hpp"
#include "unit/workers.hpp"
#include "vm/call.hpp"
#include "vm/lua_libs.hpp"
#include "vm/status_lines.hpp"

namespace braid::stdlib {
namespace {

using runtime::Pool;
using runtime::Program;
using runtime::ThreadUnit;
using vm::Call;
using vm::Host;
using vm::Outcome;

// (program)
int open_libraries(lua_State* L) {
  luaL_checkversion(L);
  lua_gc(L, LUA_GCSTOP);
  luaL_openlibs(L);
  vm::open_warnings(L);
  open(L, static_cast<Program*>(lua_touserdata(L, 1)));
  seed_random(L);
  lua_gc(L, LUA_GCRESTART);
  lua_gc(L, LUA_GCGEN, 0, 0);
  return 0;
}

// A state that waits for work is no thread of the program: it does not count as one that may act.
void* prepare(Program& program) noexcept {
  lua_State* L = luaL_newstate();
  if (L == nullptr) return nullptr;
  lua_pushcfunction(L, open_libraries);
  lua_pushlightuserdata(L, &program);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    lua_close(L);
    return nullptr;
  }
  runtime::retain(program);
  program.one_thread_less();
  return L;
}

// Closes a state that counts as a thread: what the script left open and finalizers come now.
void close_state(lua_State* L) noexcept {
  Program& program = Host::of(L).program();
  lua_close(L);
  runtime::drop(program);
}

void discard(void* prepared) noexcept {
  if (prepared == nullptr) return;
  auto* L = static_cast<lua_State*>(prepared);
  Host::of(L).program().census.threads.fetch_add(1);
  close_state(L);
}

// What was prepared, if it is for that program.
lua_State* state_for(Program& program, void* prepared) noexcept {
  auto* L = static_cast<lua_State*>(prepared);
  if (L != nullptr && &Host::of(L).program() == &program) return L;
  discard(prepared);
  return static_cast<lua_State*>(prepare(program));
}

// (unit): from here on the thread has a name, and can be asked and cancelled.
int begin(lua_State* L) {
  auto& unit = *static_cast<ThreadUnit*>(lua_touserdata(L, 1));
  Host& host = Host::of(L);
  host.set_thread(unit);
  char name[ThreadUnit::kMostName + 1];
  unit.copy_name(name);
  name_thread(host, name);
  host.enable_interrupt();
  unit.begins(host.scheduler().record());
  host.scheduler().before_first_sleep(runtime::make_spare);
  return 0;
}

void run(ThreadUnit& unit, void* prepared) noexcept {
  lua_State* L = state_for(*unit.program, prepared);
  const char* failure = nullptr;
  if (L == nullptr) {
    failure = "not enough memory";
  } else if (!live(L, unit, begin)) {
    failure = lua_tostring(L, -1);
  }
  if (failure != nullptr && !unit.result_is_awaited()) report_unit(unit, failure);
  if (!unit.has_ended()) unit.ends(ThreadUnit::Result::failed);
  if (L != nullptr) {
    // It counts as one that may act until nothing can come of it any more.
    unit.program->census.threads.fetch_add(1);
    close_state(L);
  }
  unit.closes();
  unit.program->one_thread_less();
}

constexpr runtime::ThreadBody kBody{prepare, run, discard};

// The main thread's state is being closed.
void close_main_thread(lua_State* L, bool may_wait) {
  Host& host = Host::of(L);
  const bool deadlock = may_wait && wait_for_others(L) == Host::Drained::deadlock;
  if (deadlock) vm::status::write_report(host.deadlock_report(L).c_str());
  auto& unit = static_cast<ThreadUnit&>(*host.thread());
  if (!unit.has_ended()) unit.ends(ThreadUnit::Result::returned);
  unit.closes();
  // Daemons; those that are busy in C go with the process.
  cancel_threads(host);
  stop_daemon_processes(host);
  if (runtime::ProcessUnit* process = runtime::this_process()) process->program_ends();
}

Outcome make_main_thread(Call& call) {
  runtime::set_thread_body(kBody);
  auto* unit = runtime::arena::create<ThreadUnit>(call.host.program(), true);
  call.host.program().main_unit = unit;
  unit->set_name(call.host.thread_name());
  unit->state.store(ThreadUnit::State::running);
  {
    runtime::MutexLock lock(call.host.program().mutex);
    unit->listed.insert_before(call.host.program().threads);
  }
  unit->begins(call.scheduler().record());
  call.host.set_thread(*unit);
  call.host.on_close(close_main_thread);
  return Outcome::values(0);
}

}  // namespace

void name_thread(Host& host, const char* name) noexcept {
  const runtime::ProcessUnit* process = runtime::this_process();
  if (process == nullptr || !process->parent) return host.set_thread_name(name);
  if (static_cast<ThreadUnit&>(*host.thread()).is_main) return host.set_thread_name(process->name);
  char text[2 * ThreadUnit::kMostName + 8];
  std::snprintf(text, sizeof text, "%s of %s", name, process->name);
  host.set_thread_name(text);
}

void open_main_thread(lua_State* L) {
  if (Host::of(L).thread() != nullptr) return;
  lua_pushcfunction(L, vm::bind<make_main_thread>);
  lua_call(L, 0, 0);
}

namespace {

// Waits for each unit that `next` names, with a reference, until it names none or the wait ends in
// another way.
template <typename Next>
Host::Drained wait_for_each(lua_State* L, const char* what, const Next& next) noexcept {
  while (runtime::RunUnit* unit = next()) {
    const auto outcome = Host::of(L).drain(L, *unit, runtime::RunUnit::closed_op, what);
    runtime::drop(*unit);
    if (outcome != Host::Drained::all) return outcome;
  }
  return Host::Drained::all;
}

bool is_own_child(const runtime::ProcessUnit& process) noexcept {
  return process.parent_pid == getpid() && !process.detached;
}

using Role = runtime::RunUnit::Role;

// The threads and processes of the script; those that serve its pools only with `all`.
Host::Drained wait_for_units(lua_State* L, bool all) noexcept {
  Host& host = Host::of(L);
  const auto counts = [all](const runtime::RunUnit& unit) noexcept {
    return !unit.daemon.load() && (all || unit.role.load() == Role::script);
  };
  const auto outcome = wait_for_each(L, "the end of the threads", [&] {
    ThreadUnit* next = nullptr;
    runtime::each_unclosed_thread(host.program(), [&](ThreadUnit& thread) {
      if (next != nullptr || !counts(thread) || &thread == host.thread()) return;
      runtime::retain(thread);
      next = &thread;
    });
    return next;
  });
  if (outcome != Host::Drained::all) return outcome;
  return wait_for_each(L, "the end of the processes", [&] {
    runtime::ProcessUnit* next = nullptr;
    runtime::each_process(host.program().family(), [&](runtime::ProcessUnit& process) {
      if (next != nullptr || !counts(process) || !is_own_child(process)) return;
      runtime::retain(process);
      next = &process;
    });
    return next;
  });
}

// The first pool that has something to do, with a reference; or with `any`, the first.
Pool* next_pool(Host& host, bool any) noexcept {
  Pool* next = nullptr;
  runtime::each_pool(host.program(), [&](Pool& pool) {
    if (next != nullptr) return;
    runtime::MutexLock lock(pool.mutex);
    if (pool.closed && any) return;
    if (!any && pool.idle()) return;
    runtime::retain(pool);
    next = &pool;
  });
  return next;
}

}  // namespace

// A call of a pool may start a unit and a unit may submit a call, so both are looked at until there
// is neither. Then the pools are closed.
Host::Drained wait_for_others(lua_State* L) noexcept {
  Host& host = Host::of(L);
  auto& self = static_cast<ThreadUnit&>(*host.thread());
  if (!self.has_ended()) self.ends(ThreadUnit::Result::returned);
  auto outcome = wait_for_units(L, false);
  while (Pool* pool = outcome == Host::Drained::all ? next_pool(host, false) : nullptr) {
    outcome = host.drain(L, *pool, Pool::idle_op, "the calls of a pool");
    runtime::drop(*pool);
    if (outcome == Host::Drained::all) outcome = host.drain(L);
    if (outcome == Host::Drained::all) outcome = wait_for_units(L, false);
  }
  if (outcome != Host::Drained::all) return outcome;
  while (Pool* pool = next_pool(host, true)) {
    pool->close(false);
    runtime::drop(*pool);
  }
  return wait_for_units(L, true);
}

void stop_daemon_processes(Host& host) noexcept {
  runtime::each_process(host.program().family(), [](runtime::ProcessUnit& process) {
    if (is_own_child(process) && process.pid > 0) kill(process.pid, SIGTERM);
  });
}

void cancel_threads(Host& host) noexcept {
  runtime::each_thread(host.program(), [&](ThreadUnit& thread) {
    if (&thread != host.thread()) thread.cancel();
  });
}

void cancel_program(Host& host) noexcept {
  auto& family = host.program().family();
  family.cancelled.store(true);
  runtime::MutexLock lock(family.mutex);
  runtime::each_unit_of_family(family, [&](runtime::ProcessUnit* process, ThreadUnit* thread) {
    if (thread == host.thread() || (process != nullptr && process->detached)) return;
    if (thread != nullptr) {
      thread->cancel();
    } else {
      process->cancel();  // it has not begun
    }
  });
}

}  // namespace braid::stdlib
