// braid.shared: Table, without what changes one (shared_table_write.cpp).
#include <algorithm>
#include <climits>

#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/shared_table_write.hpp"

namespace braid::stdlib {
namespace {

using runtime::Key;
using runtime::ObjectKind;
using runtime::Slot;
using runtime::Table;
using runtime::TableCopy;
using vm::bind;
using vm::Call;
using vm::Outcome;

// Registry key of the metatable of what holds a copy for a binding.
constexpr char kCopyKey = 0;

Table& self(const Call& call) { return vm::shared<Table>(call, ObjectKind::table, "Table"); }

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

// #table -> length
Outcome table_length(Call& call) {
  lua_pushinteger(call.L, static_cast<lua_Integer>(self(call).length()));
  return Outcome::values(1);
}

// table:get_lock() -> RLock
Outcome table_get_lock(Call& call) {
  push_shared(call.L, *self(call).lock.get());
  return Outcome::values(1);
}

// --- Copies ---

int collect_copy(lua_State* L) {
  static_cast<TableCopy*>(lua_touserdata(L, 1))->~TableCopy();
  return 0;
}

// A userdata that holds a copy for as long as it is needed.                         [-0, +1, m]
TableCopy& new_copy(lua_State* L, Table& table) {
  void* block = lua_newuserdatauv(L, sizeof(TableCopy), 0);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kCopyKey);
  auto& copy = *new (block) TableCopy(table);
  lua_setmetatable(L, -2);
  return copy;
}

int size_hint(std::size_t count) noexcept {
  return static_cast<int>(std::min<std::size_t>(count, INT_MAX));
}

// Pushes what is in the table now as an ordinary one; with or without what is no item.
Outcome copy_out(Call& call, bool with_pairs) {
  lua_State* L = call.L;
  Table& table = self(call);
  TableCopy& copy = new_copy(L, table);
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

// Table([t]) -> Table
Outcome table_new(Call& call) {
  lua_State* L = call.L;
  if (vm::to_shared<Table>(call, ObjectKind::table, 1) != nullptr) {
    copy_out(call, true);
    lua_replace(L, 1);
  } else if (!lua_isnoneornil(L, 1)) {
    luaL_checktype(L, 1, LUA_TTABLE);
  }
  lua_settop(L, 1);
  Table& table = vm::make_shared<Table>(call, ObjectKind::table);
  if (lua_isnil(L, 1)) return Outcome::values(1);
  lua_pushnil(L);
  while (lua_next(L, 1) != 0) {
    const Key key = writable_key(L, 3);
    Slot slot;
    if (!to_slot(L, 4, 3, slot)) return Outcome::raise_top();
    put_slot(slot, [&](const Slot& value) { return table.set(key, value); });
    lua_settop(L, 3);
  }
  return Outcome::values(1);
}

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

constexpr luaL_Reg kMethods[] = {{"__len", bind<table_length>},      {"__pairs", bind<table_pairs>},
                                 {"get_lock", bind<table_get_lock>}, {"tolist", bind<table_tolist>},
                                 {"totable", bind<table_totable>},   {nullptr, nullptr}};

}  // namespace

const luaL_Reg kSharedTableFunctions[] = {{"Table", bind<table_new>}, {nullptr, nullptr}};

// Upvalue of __index: the metatable.
void register_shared_table(lua_State* L) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, collect_copy);
  lua_setfield(L, -2, "__gc");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kCopyKey);
  register_shared(L, ObjectKind::table, kMethods);
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, bind<table_index>, 1);
  lua_setfield(L, -2, "__index");
  register_table_changes(L);
  lua_pop(L, 1);
}

}  // namespace braid::stdlib
