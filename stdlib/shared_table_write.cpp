// braid.shared: what changes a Table. While a unit updates it the others' changes wait: they are
// made by who holds the table's lock `updating`, as an update is (shared.lua).
#include "stdlib/shared_table_write.hpp"

#include "lua_sources.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {

using runtime::Key;
using runtime::ObjectKind;
using runtime::Slot;
using runtime::Table;
using vm::bind;
using vm::Call;
using vm::Outcome;

namespace {

using Result = Table::Change;

constexpr std::string_view kMethodNames[] = {"append", "get_lock", "incr",    "insert",
                                             "remove", "tolist",   "totable", "update"};

// Registry key of the function that calls another one while nobody else changes the table.
constexpr char kAloneKey = 0;

Table& self(const Call& call) { return vm::shared<Table>(call, ObjectKind::table, "Table"); }

// One change: in which table, by whom, and what has become of it.
struct Change {
  explicit Change(const Call& call) : table(self(call)), unit(call.scheduler().current().waiter) {}

  // It was refused: the text, of the argument or of none (0), must be a literal.
  Outcome refuse(int which, const char* why) noexcept {
    argument = which;
    problem = why;
    return Outcome::values(0);
  }

  Table& table;
  const runtime::Waiter* const unit;
  Result result = Result::done;
  int argument = 0;
  const char* problem = nullptr;
};

using Step = Outcome (*)(Call& call, Change& change);

[[noreturn]] void raise_problem(lua_State* L, int argument, const char* problem) {
  if (argument > 0) luaL_argerror(L, argument, problem);
  luaL_error(L, "%s", problem);
  __builtin_unreachable();
}

// As the unit that holds `updating`. A refusal is returned behind kAloneKey: the method raises it.
template <Step step>
Outcome change_alone(Call& call) {
  Change change(call);
  if (!change.table.updated_by(change.unit)) {  // the update's coroutine went on in another unit
    return Outcome::raise(vm::errors::kInvalidState, "another unit has begun this update");
  }
  const Outcome outcome = step(call, change);
  if (change.problem == nullptr) return outcome;
  lua_pushlightuserdata(call.L, const_cast<char*>(&kAloneKey));
  lua_pushinteger(call.L, change.argument);
  lua_pushlightuserdata(call.L, const_cast<char*>(change.problem));
  return Outcome::values(3);
}

// What change_alone has returned stands behind the method's arguments.
int finish_alone(lua_State* L, int, lua_KContext arguments) {
  const auto first = static_cast<int>(arguments) + 1;
  if (lua_touserdata(L, first) == &kAloneKey) {
    raise_problem(L, static_cast<int>(lua_tointeger(L, first + 1)),
                  static_cast<const char*>(lua_touserdata(L, first + 2)));
  }
  return lua_gettop(L) - first + 1;
}

template <Step step>
int wait_and_change(lua_State* L) {
  const int arguments = lua_gettop(L);
  luaL_checkstack(L, arguments + 2, nullptr);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kAloneKey);
  lua_pushcfunction(L, bind<change_alone<step>>);
  for (int i = 1; i <= arguments; ++i) lua_pushvalue(L, i);
  lua_callk(L, arguments + 1, LUA_MULTRET, arguments, finish_alone);
  return finish_alone(L, LUA_OK, arguments);
}

Outcome within_own_update() {
  return Outcome::raise(vm::errors::kDeadlock,
                        "deadlock: the unit is updating this Table, and can only read it until the "
                        "function has returned");
}

// At once, or after the update that is under way.                               [-0, +n, e, waits]
template <Step step>
Outcome changing(Call& call) {
  Change change(call);
  if (change.table.updated_by(change.unit)) return within_own_update();
  const int arguments = lua_gettop(call.L);
  const Outcome outcome = step(call, change);
  if (change.problem != nullptr) raise_problem(call.L, change.argument, change.problem);
  if (change.result != Result::busy) return outcome;
  lua_settop(call.L, arguments);
  return Outcome::go_on(wait_and_change<step>);
}

// table[key] = value
Outcome table_newindex(Call& call, Change& change) {
  const Key key = writable_key(call.L, 2);
  Slot slot;
  if (!to_slot(call.L, 3, 2, slot)) return Outcome::raise_top();
  change.result =
      put_slot(slot, [&](const Slot& value) { return change.table.set(key, value, change.unit); });
  return Outcome::values(0);
}

// A value that an item can be: not nil.                                             [-0, +0, v]
void check_value(lua_State* L, int index) {
  luaL_argcheck(L, !lua_isnoneornil(L, index), index, "value expected, got nil");
}

Outcome append_value(Call& call, Change& change, bool returns_length) {
  check_value(call.L, 2);
  Slot slot;
  if (!to_slot(call.L, 2, 0, slot)) return Outcome::raise_top();
  std::uint64_t length = 0;
  change.result = put_slot(slot, [&](const Slot& value) {
    length = change.table.append(value, change.unit);
    return length == 0 ? Result::busy : Result::done;
  });
  if (returns_length) lua_pushinteger(call.L, static_cast<lua_Integer>(length));
  return Outcome::values(returns_length ? 1 : 0);
}

// table:append(value) -> length
Outcome table_append(Call& call, Change& change) { return append_value(call, change, true); }

// table:insert([pos,] value)
Outcome table_insert(Call& call, Change& change) {
  const int arguments = lua_gettop(call.L);
  if (arguments == 2) return append_value(call, change, false);
  if (arguments != 3) luaL_error(call.L, "wrong number of arguments to 'insert'");
  const auto index = static_cast<std::uint64_t>(luaL_checkinteger(call.L, 2));
  check_value(call.L, 3);
  Slot slot;
  if (!to_slot(call.L, 3, 0, slot)) return Outcome::raise_top();
  change.result = put_slot(
      slot, [&](const Slot& value) { return change.table.insert(index, value, change.unit); });
  if (change.result == Result::refused) return change.refuse(2, "position out of bounds");
  return Outcome::values(0);
}

// table:remove([pos]) -> value
Outcome table_remove(Call& call, Change& change) {
  Slot value;
  if (lua_isnoneornil(call.L, 2)) {
    change.result = change.table.remove_last(value, change.unit);
    return give(call, value);
  }
  const auto index = static_cast<std::uint64_t>(luaL_checkinteger(call.L, 2));
  change.result = change.table.remove(index, value, change.unit);
  if (change.result == Result::refused) return change.refuse(2, "position out of bounds");
  return give(call, value);
}

// table:incr(key[, n]) -> number
Outcome table_incr(Call& call, Change& change) {
  lua_State* L = call.L;
  const Key key = writable_key(L, 2);
  Slot delta = Slot::of(std::int64_t{1});
  if (!lua_isnoneornil(L, 3)) {
    luaL_checktype(L, 3, LUA_TNUMBER);
    to_slot(L, 3, 0, delta);
  }
  Slot result;
  change.result = change.table.increment(key, delta, result, change.unit);
  if (change.result == Result::refused) {
    if (result.is_number()) return change.refuse(3, "the sum is out of range for an integer");
    if (result.tag < Slot::Tag::integer) return change.refuse(0, "cannot increment a boolean");
    if (result.tag <= Slot::Tag::text) return change.refuse(0, "cannot increment a string");
    return change.refuse(0, "cannot increment a value that is no number");
  }
  push_slot(L, result);
  return Outcome::values(1);
}

// --- update ---

// updating(table) -> RLock
Outcome table_updating(Call& call) {
  push_shared(call.L, *self(call).updating.get());
  return Outcome::values(1);
}

int finish_update(lua_State*, int, lua_KContext) { return 1; }

// The function that does it, with the same arguments; it may wait.
int call_update(lua_State* L) {
  lua_settop(L, 3);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_callk(L, 3, 1, 0, finish_update);
  return 1;
}

// table:update(key, fn) -> value. Upvalue 1: that function.              [-0, +1, e, waits]
Outcome table_update(Call& call) {
  const Change change(call);
  writable_key(call.L, 2);
  call.check_callable(3);
  if (change.table.updated_by(change.unit)) return within_own_update();
  return Outcome::go_on(call_update);
}

constexpr luaL_Reg kChanges[] = {
    {"__newindex", bind<changing<table_newindex>>}, {"append", bind<changing<table_append>>},
    {"incr", bind<changing<table_incr>>},           {"insert", bind<changing<table_insert>>},
    {"remove", bind<changing<table_remove>>},       {nullptr, nullptr}};

constexpr luaL_Reg kCore[] = {{"updating", bind<table_updating>},
                              {"write", bind<change_alone<table_newindex>>},
                              {nullptr, nullptr}};

}  // namespace

bool is_method(const Key& key) noexcept {
  if (key.kind != Key::Kind::text) return false;
  for (const std::string_view name : kMethodNames) {
    if (key.view() == name) return true;
  }
  return false;
}

Key writable_key(lua_State* L, int index) {
  Key key = Key::of(false);
  luaL_checkany(L, index);
  if (!to_key(L, index, key)) {
    luaL_error(L, lua_isnil(L, index) ? "table index is nil" : "table index is NaN");
  }
  if (is_method(key)) {
    luaL_error(L, "'%s' cannot be a key of a shared Table: it is a method", key.text);
  }
  return key;
}

void register_table_changes(lua_State* L) {
  luaL_setfuncs(L, kChanges, 0);
  luaL_newlib(L, kCore);
  run_embedded(L, lua_shared, "=braid.shared", 1, 2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kAloneKey);
  lua_pushcclosure(L, bind<table_update>, 1);
  lua_setfield(L, -2, "update");
}

}  // namespace braid::stdlib
