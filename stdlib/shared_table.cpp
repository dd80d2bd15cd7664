// braid.shared: Table. What is built from reading and replacing stands in shared.lua.
#include <algorithm>
#include <climits>

#include "lua_sources.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/slot_value.hpp"

namespace braid::stdlib {
namespace {

using runtime::Key;
using runtime::ObjectKind;
using runtime::Slot;
using runtime::SlotHold;
using runtime::Table;
using runtime::TableCopy;
using vm::bind;
using vm::Call;
using vm::Outcome;

// Registry keys of the metatables of what holds things for a binding.
constexpr char kCopyKey = 0;
constexpr char kHoldKey = 0;

// What `st.name` means is a method, so no key.
constexpr std::string_view kMethodNames[] = {"append", "get_lock", "incr",    "insert",
                                             "remove", "tolist",   "totable", "update"};

bool is_method(const Key& key) noexcept {
  if (key.kind != Key::Kind::text) return false;
  for (const std::string_view name : kMethodNames) {
    if (key.view() == name) return true;
  }
  return false;
}

Table& self(const Call& call) { return vm::shared<Table>(call, ObjectKind::table, "Table"); }

// The key at `index`, to be written to.                                             [-0, +0, v]
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

// change(slot) takes the content over, unless it throws or returns false.
template <typename Change>
bool change_with(const Slot& slot, const Change& change) {
  try {
    if (change(slot)) return true;
  } catch (const std::bad_alloc&) {
    drop_content(slot);
    throw;
  }
  drop_content(slot);
  return false;
}

// Table([t]) -> Table
Outcome table_new(Call& call) {
  lua_State* L = call.L;
  if (!lua_isnoneornil(L, 1)) luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  auto& table = vm::make_shared<Table>(call, ObjectKind::table);
  if (lua_isnil(L, 1)) return Outcome::values(1);
  lua_pushnil(L);
  while (lua_next(L, 1) != 0) {
    const Key key = writable_key(L, 3);
    Slot slot;
    if (!to_slot(L, 4, slot)) return Outcome::raise_top();
    change_with(slot, [&](const Slot& value) { return table.set(key, value), true; });
    lua_settop(L, 3);
  }
  return Outcome::values(1);
}

// table[key] -> value. Upvalue 1: the methods.
Outcome table_index(Call& call) {
  Table& table = self(call);
  Key key = Key::of(false);
  if (!to_key(call.L, 2, key)) {
    lua_pushnil(call.L);
    return Outcome::values(1);
  }
  if (is_method(key)) {
    lua_settop(call.L, 2);
    lua_rawget(call.L, lua_upvalueindex(1));
    return Outcome::values(1);
  }
  return give(call, table.get(key));
}

// table[key] = value
Outcome table_newindex(Call& call) {
  Table& table = self(call);
  const Key key = writable_key(call.L, 2);
  Slot slot;
  if (!to_slot(call.L, 3, slot)) return Outcome::raise_top();
  change_with(slot, [&](const Slot& value) { return table.set(key, value), true; });
  return Outcome::values(0);
}

// #table -> length
Outcome table_length(Call& call) {
  lua_pushinteger(call.L, static_cast<lua_Integer>(self(call).length()));
  return Outcome::values(1);
}

// A value that an item can be: not nil.                                             [-0, +0, v]
void check_value(lua_State* L, int index) {
  luaL_argcheck(L, !lua_isnoneornil(L, index), index, "value expected, got nil");
}

Outcome append_value(Call& call, Table& table, int index, bool returns_length) {
  check_value(call.L, index);
  Slot slot;
  if (!to_slot(call.L, index, slot)) return Outcome::raise_top();
  std::uint64_t length = 0;
  change_with(slot, [&](const Slot& value) { return length = table.append(value), true; });
  if (returns_length) lua_pushinteger(call.L, static_cast<lua_Integer>(length));
  return Outcome::values(returns_length ? 1 : 0);
}

// table:append(value) -> length
Outcome table_append(Call& call) { return append_value(call, self(call), 2, true); }

// table:insert([pos,] value)
Outcome table_insert(Call& call) {
  Table& table = self(call);
  const int arguments = lua_gettop(call.L);
  if (arguments == 2) return append_value(call, table, 2, false);
  if (arguments != 3) luaL_error(call.L, "wrong number of arguments to 'insert'");
  const lua_Integer index = luaL_checkinteger(call.L, 2);
  check_value(call.L, 3);
  Slot slot;
  if (!to_slot(call.L, 3, slot)) return Outcome::raise_top();
  const bool inserted = change_with(slot, [&](const Slot& value) {
    return table.insert(static_cast<std::uint64_t>(index), value);
  });
  if (!inserted) luaL_argerror(call.L, 2, "position out of bounds");
  return Outcome::values(0);
}

// table:remove([pos]) -> value
Outcome table_remove(Call& call) {
  Table& table = self(call);
  Slot value;
  if (lua_isnoneornil(call.L, 2)) {
    table.remove_last(value);
  } else {
    const auto index = static_cast<std::uint64_t>(luaL_checkinteger(call.L, 2));
    if (!table.remove(index, value)) {
      // As table.remove has it: behind the last item there is nothing to remove, and no mistake.
      const std::uint64_t length = table.length();
      const bool allowed = index == length + 1 || (index == 0 && length == 0);
      luaL_argcheck(call.L, allowed, 2, "position out of bounds");
    }
  }
  return give(call, value);
}

// table:incr(key[, n]) -> number
Outcome table_incr(Call& call) {
  Table& table = self(call);
  const Key key = writable_key(call.L, 2);
  Slot delta = Slot::of(std::int64_t{1});
  if (!lua_isnoneornil(call.L, 3)) {
    luaL_checktype(call.L, 3, LUA_TNUMBER);
    to_slot(call.L, 3, delta);
  }
  Slot result;
  if (table.increment(key, delta, result)) {
    push_slot(call.L, result);
    return Outcome::values(1);
  }
  const char* what = result.tag < Slot::Tag::integer ? "boolean"
                     : result.tag <= Slot::Tag::text ? "string"
                                                     : "value that is no number";
  luaL_error(call.L, "cannot increment a %s", what);
  return Outcome::values(0);
}

// table:get_lock() -> RLock
Outcome table_get_lock(Call& call) {
  push_shared(call.L, *self(call).lock.get());
  return Outcome::values(1);
}

// --- Copies ---

template <typename T>
int collect(lua_State* L) {
  static_cast<T*>(lua_touserdata(L, 1))->~T();
  return 0;
}

// A userdata with a T(table) in it, whose metatable the registry has at `key`.      [-0, +1, m]
template <typename T>
T& hold(lua_State* L, const void* key, Table& table) {
  void* block = lua_newuserdatauv(L, sizeof(T), 0);
  lua_rawgetp(L, LUA_REGISTRYINDEX, key);
  T& object = *new (block) T(table);
  lua_setmetatable(L, -2);
  return object;
}

template <typename T>
void register_hold(lua_State* L, const void* key) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, collect<T>);
  lua_setfield(L, -2, "__gc");
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

int size_hint(std::size_t count) noexcept {
  return static_cast<int>(std::min<std::size_t>(count, INT_MAX));
}

// Pushes what is in the table now as an ordinary one; with or without what is no item.
Outcome copy_out(Call& call, bool with_pairs) {
  lua_State* L = call.L;
  Table& table = self(call);
  auto& copy = hold<TableCopy>(L, &kCopyKey, table);
  table.copy(copy);
  lua_createtable(L, size_hint(copy.items().size()),
                  with_pairs ? size_hint(copy.pairs().size()) : 0);
  lua_Integer index = 0;
  for (const Slot& item : copy.items()) {
    push_slot(L, item);
    lua_rawseti(L, -2, ++index);
  }
  if (with_pairs) {
    for (const TableCopy::Pair& pair : copy.pairs()) {
      push_key(L, copy.key(pair));
      push_slot(L, pair.slot);
      lua_rawset(L, -3);
    }
  }
  copy.release();
  return Outcome::values(1);
}

// table:tolist() -> list
Outcome table_tolist(Call& call) { return copy_out(call, false); }
// table:totable() -> table
Outcome table_totable(Call& call) { return copy_out(call, true); }

// (table, key) -> next key, value: next(), whatever a script has made of the global.
int next_pair(lua_State* L) {
  lua_settop(L, 2);
  if (lua_next(L, 1) != 0) return 2;
  lua_pushnil(L);
  return 1;
}

// pairs(table) -> next_pair, a copy, nil
Outcome table_pairs(Call& call) {
  lua_pushcfunction(call.L, next_pair);
  copy_out(call, true);
  lua_remove(call.L, -2);  // what has held the copy
  lua_pushnil(call.L);
  return Outcome::values(3);
}

// --- update ---

// read(table, key) -> ticket, value: for replace().
Outcome table_read(Call& call) {
  Table& table = self(call);
  const Key key = writable_key(call.L, 2);
  auto& ticket = hold<SlotHold>(call.L, &kHoldKey, table);
  ticket.take(table.get(key));
  push_slot(call.L, ticket.slot());
  return Outcome::values(2);
}

// replace(table, key, ticket, value) -> boolean: false when the value is not the one read any more.
Outcome table_replace(Call& call) {
  Table& table = self(call);
  const Key key = writable_key(call.L, 2);
  auto& ticket = *static_cast<SlotHold*>(lua_touserdata(call.L, 3));
  Slot slot;
  if (!to_slot(call.L, 4, slot)) return Outcome::raise_top();
  lua_pushboolean(call.L, change_with(slot, [&](const Slot& value) {
                    return table.replace(key, ticket.slot(), value);
                  }));
  ticket.release();
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
  self(call);
  writable_key(call.L, 2);
  call.check_callable(3);
  return Outcome::go_on(call_update);
}

constexpr luaL_Reg kMethods[] = {{"__newindex", bind<table_newindex>},
                                 {"__len", bind<table_length>},
                                 {"__pairs", bind<table_pairs>},
                                 {"append", bind<table_append>},
                                 {"get_lock", bind<table_get_lock>},
                                 {"incr", bind<table_incr>},
                                 {"insert", bind<table_insert>},
                                 {"remove", bind<table_remove>},
                                 {"tolist", bind<table_tolist>},
                                 {"totable", bind<table_totable>},
                                 {nullptr, nullptr}};

constexpr luaL_Reg kCore[] = {
    {"read", bind<table_read>}, {"replace", bind<table_replace>}, {nullptr, nullptr}};

}  // namespace

const luaL_Reg kSharedTableFunctions[] = {{"Table", bind<table_new>}, {nullptr, nullptr}};

// Upvalues: of __index the metatable, of update what shared.lua makes of reading and replacing.
void register_shared_table(lua_State* L) {
  register_hold<TableCopy>(L, &kCopyKey);
  register_hold<SlotHold>(L, &kHoldKey);
  register_shared(L, ObjectKind::table, kMethods);
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, bind<table_index>, 1);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, kCore);
  run_embedded(L, lua_shared, "=braid.shared", 1, 1);
  lua_pushcclosure(L, bind<table_update>, 1);
  lua_setfield(L, -2, "update");
  lua_pop(L, 1);
}

}  // namespace braid::stdlib
