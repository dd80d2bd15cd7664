// See run_unit.hpp.
#include "stdlib/run_unit.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <system_error>

#include "lua_sources.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "unit/process.hpp"
#include "vm/errors.hpp"
#include "vm/lua_libs.hpp"

namespace braid::stdlib {
namespace {

using runtime::ObjectKind;
using runtime::ProcessUnit;
using runtime::RunUnit;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;
namespace errors = vm::errors;

const char* word(ObjectKind kind) noexcept {
  return kind == ObjectKind::process ? "process" : "thread";
}

// Is it the one that runs this?
bool is_own(const Call& call, const RunUnit& unit) noexcept {
  return &unit == call.host.thread() || &unit == runtime::this_process();
}

// A process has ended for those who join it when its exit code is known.
template <ObjectKind kind>
constexpr RunUnit::Operation kJoin =
    kind == ObjectKind::process ? RunUnit::closed_op : RunUnit::join_op;

// Waits until the unit has ended, then finishes.
template <ObjectKind kind>
Outcome join_then(Call& call, RunUnit::Operation operation, vm::Finish finish) {
  RunUnit& unit = open_unit_self(call, kind);
  const Patience patience = call.opt_patience(2);
  if (unit.state.load() == RunUnit::State::created) {
    lua_pushfstring(call.L, "cannot wait for a %s that was not started", word(kind));
    return Outcome::raise(errors::kInvalidState, lua_tostring(call.L, -1));
  }
  if (is_own(call, unit)) {
    lua_pushfstring(call.L, "a %s cannot wait for itself", word(kind));
    return Outcome::raise(errors::kInvalidState, lua_tostring(call.L, -1));
  }
  return call.operate(unit, operation, 0, patience,
                      kind == ObjectKind::process ? "a Process to end" : "a Thread to end", finish);
}

// The error of a process that left no result.                                      [-0, +1, m]
void push_death(lua_State* L, const ProcessUnit& process) {
  if (process.exit_code < 0) {
    lua_pushfstring(L, "process '%s' was killed by signal %d (%s)", process.name,
                    -process.exit_code, strsignal(-process.exit_code));
  } else {
    lua_pushfstring(L, "process '%s' ended with exit code %d and without a result", process.name,
                    process.exit_code);
  }
  errors::push_with_message(L, errors::kWorkerDied);
}

// unit:join([timeout]) -> boolean                                       [-0, +1, e, waits]
template <ObjectKind kind>
Outcome unit_join(Call& call) {
  return join_then<kind>(call, kJoin<kind>, [](Call& after, Wake wake) {
    lua_pushboolean(after.L, wake == Wake::ready);
    return Outcome::values(1);
  });
}

// The results of a unit that has ended, or its error as a value.                [-0, +n, e]
int push_values(lua_State* L, const RunUnit& unit) {
  if (unit.values) return push_message(L, *unit.values);
  if (unit.result == RunUnit::Result::returned) return 0;
  if (unit.kind == ObjectKind::process) {
    push_death(L, static_cast<const ProcessUnit&>(unit));
  } else {
    lua_pushliteral(L, "not enough memory");  // not even for the message
  }
  return 1;
}

// The traceback of the error where it was raised, or nil.                          [-0, +1, m]
void push_traceback(lua_State* L, const RunUnit& unit) {
  if (unit.has_ended() && unit.traceback) {
    lua_pushlstring(L, reinterpret_cast<const char*>(unit.traceback->bytes()),
                    unit.traceback->size);
  } else {
    lua_pushnil(L);
  }
}

int raise_or_return(lua_State* L) {
  const RunUnit& unit = of_handle(L);
  const int count = push_values(L, unit);
  if (unit.result == RunUnit::Result::returned) return count;
  luaL_checkstack(L, 2, nullptr);
  lua_pushvalue(L, -1);
  push_traceback(L, unit);
  vm::Host::of(L).set_origin(L, word(unit.kind));
  return lua_error(L);
}

// unit:result([timeout]) -> values...                                   [-0, +n, e, waits]
template <ObjectKind kind>
Outcome unit_result(Call& call) {
  return join_then<kind>(call, RunUnit::result_op, [](Call&, Wake wake) {
    if (wake == Wake::timeout) return Outcome::raise(errors::kTimeout, "timeout");
    return Outcome::go_on(raise_or_return);
  });
}

int error_or_nil(lua_State* L) {
  const RunUnit& unit = of_handle(L);
  if (unit.result == RunUnit::Result::failed) return push_values(L, unit);
  if (unit.result == RunUnit::Result::cancelled) return raise_or_return(L);
  lua_pushnil(L);
  return 1;
}

// unit:exception([timeout]) -> error | nil                              [-0, +1, e, waits]
template <ObjectKind kind>
Outcome unit_exception(Call& call) {
  return join_then<kind>(call, RunUnit::result_op, [](Call&, Wake wake) {
    if (wake == Wake::timeout) return Outcome::raise(errors::kTimeout, "timeout");
    return Outcome::go_on(error_or_nil);
  });
}

// unit:traceback() -> string | nil
template <ObjectKind kind>
Outcome unit_traceback(Call& call) {
  push_traceback(call.L, open_unit_self(call, kind));
  return Outcome::values(1);
}

// unit:is_alive() -> boolean
template <ObjectKind kind>
Outcome unit_is_alive(Call& call) {
  const auto state = open_unit_self(call, kind).state.load();
  // A process is there until the system has let it go.
  lua_pushboolean(call.L, state == RunUnit::State::running ||
                              (kind == ObjectKind::process && state == RunUnit::State::ended));
  return Outcome::values(1);
}

// unit:done() -> boolean
template <ObjectKind kind>
Outcome unit_done(Call& call) {
  lua_pushboolean(call.L, open_unit_self(call, kind).has_ended());
  return Outcome::values(1);
}

// unit:cancelled() -> boolean
template <ObjectKind kind>
Outcome unit_cancelled(Call& call) {
  const RunUnit& unit = open_unit_self(call, kind);
  lua_pushboolean(call.L, unit.has_ended() && unit.result == RunUnit::Result::cancelled);
  return Outcome::values(1);
}

// unit:cancel() -> boolean: false when it has ended
template <ObjectKind kind>
Outcome unit_cancel(Call& call) {
  lua_pushboolean(call.L, open_unit_self(call, kind).cancel());
  return Outcome::values(1);
}

// package.path and package.cpath: what the unit loads it finds where its creator would.
//                                                                                    [-0, +2, e]
void push_search_paths(lua_State* L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  for (const char* field : {"path", "cpath"}) {
    if (lua_getfield(L, -1, LUA_LOADLIBNAME) != LUA_TTABLE) {
      lua_pop(L, 1);
      lua_pushnil(L);
    } else {
      lua_pushstring(L, field);
      if (lua_rawget(L, -2) != LUA_TSTRING) {
        lua_pop(L, 1);
        lua_pushnil(L);
      }
      lua_remove(L, -2);
    }
    lua_insert(L, -2);
  }
  lua_pop(L, 1);
}

using OwnMessage =
    std::unique_ptr<runtime::Message,
                    decltype([](runtime::Message* message) { runtime::drop_message(message); })>;

// Starts the unit with the `count` values below the two search paths on the stack. Returns an
// errno, or kRefused with the error on top, or kNotCreated.                        [-2, +0|1, -]
constexpr int kRefused = -1;
constexpr int kNotCreated = -2;

int try_to_start(lua_State* L, RunUnit& unit, StartUnit start, int count) {
  OwnMessage paths(make_message(L, 2, codec::Origin::value));
  lua_pop(L, 2);
  OwnMessage call(make_message(L, count, codec::Origin::call));
  if (!call) return kRefused;
  try {
    if (!start(unit, call.get(), paths.get())) return kNotCreated;
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  (void)call.release();
  (void)paths.release();
  return 0;
}

// Pushes "file:line: " of the script that called into the module.                    [-0, +1, m]
void push_place(lua_State* L, const char* source) {
  lua_Debug frame;
  int level = 1;
  while (lua_getstack(L, level, &frame) != 0 && lua_getinfo(L, "S", &frame) != 0 &&
         std::strcmp(frame.source, source) == 0) {
    ++level;
  }
  luaL_where(L, level);
}

Outcome started_twice(Call& call, const RunUnit& unit) {
  lua_pushfstring(call.L, "a %s can be started only once", word(unit.kind));
  return Outcome::raise(errors::kInvalidState, lua_tostring(call.L, -1));
}

// Raises if the argument is an object that was closed.                             [-0, +0, v]
void check_not_closed(lua_State* L) {
  if (!lua_istable(L, 1)) return;
  lua_pushliteral(L, "_closed");
  const bool is_closed = lua_rawget(L, 1) == LUA_TBOOLEAN;
  lua_pop(L, 1);
  if (!is_closed) return;
  lua_pushliteral(L, "the process handle is closed");
  errors::push_with_message(L, errors::kInvalidState);
  lua_error(L);
}

}  // namespace

RunUnit& open_unit_self(const Call& call, ObjectKind kind) {
  if (kind == ObjectKind::process) check_not_closed(call.L);
  return run_unit_self(call, kind);
}

RunUnit& run_unit_self(const Call& call, ObjectKind kind) {
  if (lua_istable(call.L, 1)) {
    lua_pushliteral(call.L, "handle");
    lua_rawget(call.L, 1);
    if (vm::to_shared<RunUnit>(call, kind, -1) != nullptr) lua_copy(call.L, -1, 1);
    lua_pop(call.L, 1);
  }
  return vm::shared<RunUnit>(call, kind, runtime::type_of(kind).name);
}

const char* state_name(const RunUnit& unit) {
  if (unit.has_ended()) {
    static constexpr const char* kEnded[] = {"failed", "returned", "failed", "cancelled"};
    return kEnded[static_cast<int>(RunUnit::Result{unit.result})];
  }
  return unit.state.load() == RunUnit::State::running ? "running" : "created";
}

void set_unit_name(Call& call, RunUnit& unit) {
  std::size_t size = 0;
  const char* name = luaL_checklstring(call.L, 2, &size);
  luaL_argcheck(call.L, size <= RunUnit::kMostName, 2, "a name has at most 255 bytes");
  luaL_argcheck(call.L, std::strlen(name) == size, 2, "a name has no zero bytes");
  unit.set_name(name);
}

Outcome cannot_start(Call& call, const RunUnit& unit, int error, const char* source) {
  // For a process the system has no other reason to say this.
  const bool no_worker = unit.kind == ObjectKind::process && error == ENOENT;
  push_place(call.L, source);
  lua_pushfstring(call.L, "cannot start a %s: %s", word(unit.kind),
                  no_worker ? "the program braid-worker was not found" : std::strerror(error));
  lua_concat(call.L, 2);
  return Outcome::raise_top();
}

Outcome start_unit(Call& call, RunUnit& unit, StartUnit start, const char* source) {
  if (unit.state.load() != RunUnit::State::created) return started_twice(call, unit);
  luaL_checkstack(call.L, 6, "too many arguments");
  const int count = lua_gettop(call.L) - 1;
  unit.warns = vm::warnings_are_on(call.L);
  push_search_paths(call.L);
  const int failure = try_to_start(call.L, unit, start, count);
  if (failure == 0) return Outcome::values(0);
  if (failure == kNotCreated) return started_twice(call, unit);
  if (failure == kRefused) return Outcome::raise_top();
  return cannot_start(call, unit, failure, source);
}

namespace {

// The unit that the first argument stands for: a Process, a Thread or a sentinel; or null.
RunUnit* to_unit(const Call& call) {
  if (lua_istable(call.L, 1)) {
    lua_pushliteral(call.L, "handle");
    lua_rawget(call.L, 1);
  } else {
    lua_pushvalue(call.L, 1);
  }
  RunUnit* unit = vm::to_shared<RunUnit>(call, ObjectKind::process, -1);
  if (unit == nullptr) unit = vm::to_shared<RunUnit>(call, ObjectKind::thread, -1);
  lua_pop(call.L, 1);
  return unit;
}

// is_unit(value) -> boolean
Outcome is_unit(Call& call) {
  luaL_checkany(call.L, 1);
  lua_pushboolean(call.L, to_unit(call) != nullptr);
  return Outcome::values(1);
}

// unit_failed(unit) -> boolean
Outcome unit_failed(Call& call) {
  const RunUnit* unit = to_unit(call);
  lua_pushboolean(call.L, unit->has_ended() && unit->result == RunUnit::Result::failed);
  return Outcome::values(1);
}

}  // namespace

const luaL_Reg kUnitFunctions[] = {
    {"is_unit", bind<is_unit>}, {"unit_failed", bind<unit_failed>}, {nullptr, nullptr}};

void UnitPlaces::add(RunUnit& unit) noexcept {
  if (count < room) {
    runtime::retain(unit);
    handles[count]->hold(unit);
  }
  ++count;
}

int push_unit_list(lua_State* L, ObjectKind kind, void (*fill)(lua_State* L, UnitPlaces& places)) {
  vm::Host& host = vm::Host::of(L);
  UnitPlaces places{nullptr, 8, 0};
  for (;;) {
    lua_settop(L, 0);
    lua_createtable(L, static_cast<int>(places.room), 0);
    places.handles =
        static_cast<vm::Handle**>(lua_newuserdatauv(L, places.room * sizeof(vm::Handle*), 0));
    for (std::size_t i = 0; i < places.room; ++i) {
      places.handles[i] = &vm::new_handle(L, host, kind);
      lua_rawseti(L, 1, static_cast<lua_Integer>(i) + 1);
    }
    places.count = 0;
    fill(L, places);
    if (places.count <= places.room) break;
    places.room = places.count + places.count / 4;
  }
  lua_settop(L, 1);
  for (std::size_t i = places.count; i < places.room; ++i) {
    lua_pushnil(L);
    lua_rawseti(L, 1, static_cast<lua_Integer>(i) + 1);
  }
  lua_pushinteger(L, static_cast<lua_Integer>(places.count));
  return 2;
}

void load_unit_module(lua_State* L, const char* class_name, std::string_view source,
                      const char* chunk_name) {
  lua_pushvalue(L, -2);
  lua_insert(L, -3);  // core, core, methods
  lua_pushstring(L, class_name);
  run_embedded(L, lua_unit_class, chunk_name, 3, 2);
  run_embedded(L, source, chunk_name, 3, 1);
}

template <ObjectKind kind>
constexpr std::array<luaL_Reg, 9> kMethods{{{"join", bind<unit_join<kind>>},
                                            {"result", bind<unit_result<kind>>},
                                            {"exception", bind<unit_exception<kind>>},
                                            {"traceback", bind<unit_traceback<kind>>},
                                            {"is_alive", bind<unit_is_alive<kind>>},
                                            {"done", bind<unit_done<kind>>},
                                            {"cancelled", bind<unit_cancelled<kind>>},
                                            {"cancel", bind<unit_cancel<kind>>},
                                            {nullptr, nullptr}}};

const std::array<luaL_Reg, 9>& kThreadMethods = kMethods<ObjectKind::thread>;
const std::array<luaL_Reg, 9>& kProcessMethods = kMethods<ObjectKind::process>;

}  // namespace braid::stdlib
