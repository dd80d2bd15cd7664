#include "stdlib/thread_body.hpp"

#include <cstdio>
#include <cstring>

#include "arena/arena.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/open.hpp"
#include "unit/thread.hpp"
#include "unit/workers.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::Message;
using runtime::Program;
using runtime::ThreadUnit;
using runtime::Wake;
using vm::Call;
using vm::Host;
using vm::Outcome;
namespace errors = vm::errors;

// What is run of a thread, one protected call after the other: begin, take_call, what that has
// taken, end. The target is called from no C function, so tracebacks end with it.
struct Life {
  ThreadUnit& unit;
  int status = LUA_OK;  // of take_call and of the target
};

// The stack of end: the Life, the handler, then the results or the error. `run` has `end` below.
constexpr int kHandler = 2;
constexpr int kFirst = 3;

// (program)
int open_libraries(lua_State* L) {
  luaL_checkversion(L);
  lua_gc(L, LUA_GCSTOP);
  luaL_openlibs(L);
  open(L, static_cast<Program*>(lua_touserdata(L, 1)));
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

Message* text_message(const char* text, std::size_t size) noexcept {
  try {
    return runtime::make_message(reinterpret_cast<const std::byte*>(text), size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// Keeps the traceback on top of the stack for whoever asks for it, and pops it.
void take_traceback(lua_State* L) noexcept {
  auto& unit = static_cast<ThreadUnit&>(*Host::of(L).thread());
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  runtime::drop_message(unit.traceback.get());
  unit.traceback = nullptr;
  unit.traceback = text_message(text, size);
  lua_pop(L, 1);
}

// (error) -> error: the message handler of all that the thread runs.
int keep_traceback(lua_State* L) {
  if (errors::is_kind(L, 1, errors::kCancelled)) return 1;
  Host::of(L).push_tracebacks(L, 1, nullptr);
  take_traceback(L);
  return 1;
}

// In one piece, whatever other threads print.
void report(ThreadUnit& unit, const char* text) noexcept {
  char name[ThreadUnit::kMostName + 1];
  unit.copy_name(name);
  std::fflush(stdout);
  flockfile(stderr);
  std::fprintf(stderr, "braid: uncaught error in thread '%s': %s\n", name, text);
  if (const Message* trace = unit.traceback.get()) {
    std::fwrite(trace->bytes(), 1, trace->size, stderr);
    std::fputc('\n', stderr);
  }
  funlockfile(stderr);
}

Outcome keep_values(Call& call) {
  auto& unit = static_cast<ThreadUnit&>(*call.host.thread());
  Message* values = make_message(call.L, lua_gettop(call.L), codec::Origin::results);
  if (values == nullptr) return Outcome::raise_top();
  unit.values = values;
  return Outcome::values(0);
}

// Keeps the values from kFirst up for whoever asks; false, with an error instead of them, when they
// cannot travel.
bool keep(lua_State* L) {
  luaL_checkstack(L, 2, nullptr);
  lua_pushcfunction(L, vm::bind<keep_values>);
  const int values = lua_gettop(L) - kFirst;
  for (int i = 0; i < values; ++i) lua_pushvalue(L, kFirst + i);
  if (lua_pcall(L, values, 0, 0) == LUA_OK) return true;
  lua_replace(L, kFirst);
  lua_settop(L, kFirst);
  return false;
}

// Is the error at kFirst that of the thread's own cancellation?
bool is_own_cancellation(lua_State* L) {
  return Host::of(L).scheduler().main().root.delivered != 0 &&
         errors::is_kind(L, kFirst, errors::kCancelled);
}

// The error at kFirst is how the thread ends.
ThreadUnit::Result fail(lua_State* L, ThreadUnit& unit) {
  const bool cancelled = is_own_cancellation(L);
  errors::push_text(L, kFirst);
  lua_replace(L, kHandler);
  if (!cancelled && !unit.result_is_awaited()) {
    report(unit, lua_tostring(L, kHandler));
    if (errors::is_kind(L, kFirst, errors::kDeadlock)) unit.program->found_deadlock.store(true);
  }
  if (!keep(L)) {
    lua_pushvalue(L, kHandler);
    errors::push_with_message(L, errors::kRemote);
    lua_replace(L, kFirst);
    keep(L);
  }
  return cancelled ? ThreadUnit::Result::cancelled : ThreadUnit::Result::failed;
}

// package.path and package.cpath, as start() has sent them.                          [-0, +0, e]
void take_search_paths(lua_State* L, const Message& message) {
  push_message(L, message);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, LUA_LOADLIBNAME);
  lua_replace(L, -2);
  for (const char* field : {"cpath", "path"}) {
    lua_insert(L, -2);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
    } else {
      lua_setfield(L, -2, field);
    }
  }
  lua_pop(L, 1);
}

Life& life_at_1(lua_State* L) { return *static_cast<Life*>(lua_touserdata(L, 1)); }

// (life): from here on the thread has a name, and can be asked and cancelled.
int begin(lua_State* L) {
  ThreadUnit& unit = life_at_1(L).unit;
  Host& host = Host::of(L);
  host.set_thread(unit);
  char name[ThreadUnit::kMostName + 1];
  unit.copy_name(name);
  host.set_thread_name(name);
  host.enable_interrupt();
  unit.begins(host.scheduler().record());
  host.scheduler().before_first_sleep(runtime::make_spare);
  return 0;
}

// (life) -> what the thread was made for: a function and its arguments
int take_call(lua_State* L) {
  ThreadUnit& unit = life_at_1(L).unit;
  Host& host = Host::of(L);
  host.scheduler().checkpoint();  // it may have been cancelled before it began
  if (host.scheduler().current().cancelled) host.raise_cancelled(L);
  lua_settop(L, 0);
  take_search_paths(L, *unit.surroundings);
  push_message(L, *unit.call);
  runtime::drop_message(unit.call.get());
  unit.call = nullptr;
  return lua_gettop(L);
}

// (life, handler, results... or error)
int end(lua_State* L) {
  const Life& life = life_at_1(L);
  Host& host = Host::of(L);
  const bool failed = life.status != LUA_OK;
  if (failed && !is_own_cancellation(L) && host.unmask_cancelled(L)) take_traceback(L);
  host.scheduler().abandon_scopes();
  host.scheduler().end_main();
  host.drain(L);
  host.report_untaken(L);
  const bool returned = !failed && keep(L);
  life.unit.ends(returned ? ThreadUnit::Result::returned : fail(L, life.unit));
  return 0;
}

// False with an error on top when there is no memory left.                         [-0, +0|1, -]
bool live(lua_State* L, ThreadUnit& unit) noexcept {
  Life life{unit};
  lua_pushcfunction(L, begin);
  lua_pushlightuserdata(L, &life);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) return false;
  lua_pushcfunction(L, end);
  lua_pushlightuserdata(L, &life);
  lua_pushcfunction(L, keep_traceback);
  const int handler = lua_gettop(L);
  lua_pushcfunction(L, take_call);
  lua_pushlightuserdata(L, &life);
  life.status = lua_pcall(L, 1, LUA_MULTRET, handler);
  if (life.status == LUA_OK) {
    life.status = lua_pcall(L, lua_gettop(L) - handler - 1, LUA_MULTRET, handler);
  }
  return lua_pcall(L, lua_gettop(L) - 1, 0, 0) == LUA_OK;
}

void run(ThreadUnit& unit, void* prepared) noexcept {
  lua_State* L = state_for(*unit.program, prepared);
  const char* failure = nullptr;
  if (L == nullptr) {
    failure = "not enough memory";
  } else if (!live(L, unit)) {
    failure = lua_tostring(L, -1);
  }
  if (failure != nullptr && !unit.result_is_awaited()) report(unit, failure);
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
  const bool deadlock = may_wait && wait_for_threads(L) == Host::Drained::deadlock;
  if (deadlock) std::fputs(host.deadlock_report(L).c_str(), stderr);
  auto& unit = static_cast<ThreadUnit&>(*host.thread());
  if (!unit.has_ended()) unit.ends(ThreadUnit::Result::returned);
  unit.closes();
  // Daemons; those that are busy in C go with the process.
  cancel_threads(host);
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

void open_main_thread(lua_State* L) {
  if (Host::of(L).thread() != nullptr) return;
  lua_pushcfunction(L, vm::bind<make_main_thread>);
  lua_call(L, 0, 0);
}

Host::Drained wait_for_threads(lua_State* L) noexcept {
  Host& host = Host::of(L);
  auto& self = static_cast<ThreadUnit&>(*host.thread());
  if (!self.has_ended()) self.ends(ThreadUnit::Result::returned);
  for (;;) {
    ThreadUnit* next = nullptr;
    runtime::each_unclosed_thread(host.program(), [&](ThreadUnit& thread) {
      if (next != nullptr || thread.daemon.load() || &thread == &self) return;
      runtime::retain(thread);
      next = &thread;
    });
    if (next == nullptr) return Host::Drained::all;
    const auto outcome = host.drain(L, *next, ThreadUnit::closed_op, "the end of the threads");
    runtime::drop(*next);
    if (outcome != Host::Drained::all) return outcome;
  }
}

void cancel_threads(Host& host) noexcept {
  runtime::each_thread(host.program(), [&](ThreadUnit& thread) {
    if (&thread != host.thread()) thread.cancel();
  });
}

}  // namespace braid::stdlib
