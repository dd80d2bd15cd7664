// See life.hpp.
#include "stdlib/life.hpp"

#include <cstdio>
#include <cstring>

#include "stdlib/handles.hpp"
#include "unit/process.hpp"
#include "unit/thread.hpp"
#include "vm/errors.hpp"
#include "vm/status_lines.hpp"

namespace braid::stdlib {
namespace {

using runtime::Message;
using runtime::RunUnit;
using runtime::ThreadUnit;
using vm::Call;
using vm::Host;
using vm::Outcome;
namespace errors = vm::errors;

// What is run of a unit, one protected call after the other: `begin`, take_call, what that has
// taken, end. The target is called from no C function, so tracebacks end with it.
struct Life {
  RunUnit& unit;
  int status = LUA_OK;  // of take_call and of the target
};

// The stack of end: the Life, the handler, then the results or the error. `run` has `end` below.
constexpr int kHandler = 2;
constexpr int kFirst = 3;

// The unit whose function runs on the main stack: the main thread of a process runs that of the
// process.
RunUnit& running_unit(Host& host) noexcept {
  auto& thread = static_cast<ThreadUnit&>(*host.thread());
  if (thread.is_main) return *runtime::this_process();
  return thread;
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
  auto& unit = running_unit(Host::of(L));
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  runtime::drop_message(unit.traceback.get());
  unit.traceback = nullptr;
  unit.traceback = text_message(text, size);
  lua_pop(L, 1);
}

// (error) -> error: the message handler of all that the unit runs.
int keep_traceback(lua_State* L) {
  if (errors::is_kind(L, 1, errors::kCancelled)) return 1;
  Host::of(L).push_tracebacks(L, 1, nullptr);
  take_traceback(L);
  return 1;
}

Outcome keep_values(Call& call) {
  auto& unit = running_unit(call.host);
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

// Is the error at kFirst that of the unit's own cancellation?
bool is_own_cancellation(lua_State* L) {
  return Host::of(L).scheduler().main().root.delivered != 0 &&
         errors::is_kind(L, kFirst, errors::kCancelled);
}

// The error at kFirst is how the unit ends.
RunUnit::Result fail(lua_State* L, RunUnit& unit) {
  const bool cancelled = is_own_cancellation(L);
  errors::push_text(L, kFirst);
  lua_replace(L, kHandler);
  if (!cancelled && !unit.result_is_awaited()) {
    report_unit(unit, lua_tostring(L, kHandler));
    if (errors::is_kind(L, kFirst, errors::kDeadlock))
      Host::of(L).program().found_deadlock.store(true);
  }
  if (!keep(L)) {
    lua_pushvalue(L, kHandler);
    errors::push_with_message(L, errors::kRemote);
    lua_replace(L, kFirst);
    keep(L);
  }
  return cancelled ? RunUnit::Result::cancelled : RunUnit::Result::failed;
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

// (life) -> what the unit was made for: a function and its arguments
int take_call(lua_State* L) {
  RunUnit& unit = life_at_1(L).unit;
  Host& host = Host::of(L);
  host.scheduler().checkpoint();  // it may have been cancelled before it began
  if (host.scheduler().current().cancelled) host.raise_cancelled(L);
  lua_settop(L, 0);
  if (unit.warns.load()) lua_warning(L, "@on", 0);
  take_search_paths(L, *unit.surroundings);
  push_message(L, *unit.call);
  unit.drop_call();
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
  life.unit.ends(returned ? RunUnit::Result::returned : fail(L, life.unit));
  return 0;
}

}  // namespace

// In one piece, whatever other threads print.
void report_unit(const RunUnit& unit, const char* text) noexcept {
  std::fflush(stdout);
  flockfile(stderr);
  vm::status::OutputTurn turn(stderr);
  const char* kind = unit.kind == runtime::ObjectKind::process ? "process" : "thread";
  std::fprintf(stderr, "braid: uncaught error in %s '%s': %s\n", kind, unit.name, text);
  if (const Message* trace = unit.traceback.get()) {
    std::fwrite(trace->bytes(), 1, trace->size, stderr);
    std::fputc('\n', stderr);
  }
  turn.end();
  funlockfile(stderr);
}

bool live(lua_State* L, RunUnit& unit, lua_CFunction begin) noexcept {
  Life life{unit};
  lua_pushcfunction(L, begin);
  lua_pushlightuserdata(L, &unit);
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

}  // namespace braid::stdlib
