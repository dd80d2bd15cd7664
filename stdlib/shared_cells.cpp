// braid.shared: Value and Array, numbers and their like in shared memory.
#include <algorithm>
#include <climits>
#include <cstring>

#include "shared/array.hpp"
#include "shared/value.hpp"
#include "stdlib/cell_value.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"

namespace braid::stdlib {
namespace {

using runtime::Array;
using runtime::CellBits;
using runtime::CellType;
using runtime::Lock;
using runtime::ObjectKind;
using runtime::OwnLock;
using runtime::Value;
using vm::bind;
using vm::Call;
using vm::Outcome;

Outcome give_lock(Call& call, OwnLock& lock, const char* class_name) {
  Lock* own = lock.get();
  if (own == nullptr) luaL_error(call.L, "this %s was made without a lock", class_name);
  push_shared(call.L, *own);
  return Outcome::values(1);
}

// --- Value ---

Value& value_self(const Call& call) { return vm::shared<Value>(call, ObjectKind::value, "Value"); }

// Value(type[, initial][, options]) -> Value
Outcome value_new(Call& call) {
  lua_State* L = call.L;
  const CellType type = check_type(L, 1);
  const bool no_initial = lua_isnoneornil(L, 2) || (lua_istable(L, 2) && lua_isnone(L, 3));
  const CellBits initial = no_initial ? 0 : check_cell(L, 2, type);
  const LockOption lock = check_options(call, lua_istable(L, 2) ? 2 : 3);
  vm::make_shared<Value>(call, ObjectKind::value, type, initial, lock.kind, lock.given);
  return Outcome::values(1);
}

// value.value -> its value; value.method. Upvalue 1: the methods.
Outcome value_index(Call& call) {
  const Value& value = value_self(call);
  lua_settop(call.L, 2);
  if (lua_type(call.L, 2) == LUA_TSTRING && std::strcmp(lua_tostring(call.L, 2), "value") == 0) {
    push_cell(call.L, value.type, value.load());
  } else {
    lua_rawget(call.L, lua_upvalueindex(1));
  }
  return Outcome::values(1);
}

// value.value = its new value
Outcome value_newindex(Call& call) {
  Value& value = value_self(call);
  if (lua_type(call.L, 2) != LUA_TSTRING || std::strcmp(lua_tostring(call.L, 2), "value") != 0) {
    luaL_error(call.L, "cannot set field '%s' of a Value", luaL_tolstring(call.L, 2, nullptr));
  }
  value.store(check_assigned(call.L, 3, value.type));
  return Outcome::values(0);
}

// value:add(n) -> the new value
Outcome value_add(Call& call) {
  lua_State* L = call.L;
  Value& value = value_self(call);
  CellBits delta = 0;
  std::int64_t integer = 0;
  const char* problem = nullptr;
  if (runtime::is_float(value.type)) {
    problem = to_cell(L, 2, CellType::f64, delta);
  } else if (runtime::is_integer(value.type)) {
    problem = to_integer(L, 2, integer);
    delta = static_cast<CellBits>(integer);
  } else {
    luaL_error(L, "cannot add to a Value of type %s", runtime::name_of(value.type));
  }
  if (problem != nullptr) luaL_argerror(L, 2, problem);
  CellBits result = 0;
  if (!value.add(delta, result)) {
    luaL_argerror(
        L, 2, lua_pushfstring(L, "the sum is out of range for %s", runtime::name_of(value.type)));
  }
  push_cell(L, value.type, result);
  return Outcome::values(1);
}

// value:exchange(new) -> the old value
Outcome value_exchange(Call& call) {
  Value& value = value_self(call);
  push_cell(call.L, value.type, value.exchange(check_cell(call.L, 2, value.type)));
  return Outcome::values(1);
}

// value:compare_exchange(old, new) -> boolean
Outcome value_compare_exchange(Call& call) {
  Value& value = value_self(call);
  const CellBits expected = check_cell(call.L, 2, value.type);
  const CellBits desired = check_cell(call.L, 3, value.type);
  lua_pushboolean(call.L, value.compare_exchange(expected, desired));
  return Outcome::values(1);
}

// value:get_lock() -> RLock
Outcome value_get_lock(Call& call) { return give_lock(call, value_self(call).lock, "Value"); }

constexpr luaL_Reg kValueMethods[] = {{"__newindex", bind<value_newindex>},
                                      {"add", bind<value_add>},
                                      {"compare_exchange", bind<value_compare_exchange>},
                                      {"exchange", bind<value_exchange>},
                                      {"get_lock", bind<value_get_lock>},
                                      {nullptr, nullptr}};

// --- Array ---

Array& array_self(const Call& call) { return vm::shared<Array>(call, ObjectKind::array, "Array"); }

void fill_from_list(lua_State* L, Array& array) {
  for (std::uint64_t i = 0; i < array.size; ++i) {
    lua_geti(L, 2, static_cast<lua_Integer>(i + 1));
    CellBits bits = 0;
    if (const char* problem = to_cell(L, lua_gettop(L), array.type, bits)) {
      luaL_argerror(
          L, 2, lua_pushfstring(L, "at index %I: %s", static_cast<LUAI_UACINT>(i + 1), problem));
    }
    array.store(i, bits);
    lua_pop(L, 1);
  }
}

// The handle is there first, so that whatever raises leaves the array to it.        [-0, +1, m]
Array& make_array(const Call& call, CellType type, std::uint64_t size, const LockOption& lock) {
  vm::Handle& handle = vm::new_handle(call.L, call.host, ObjectKind::array);
  Array* array = Array::create(type, size, lock.kind, lock.given);
  handle.hold(*array);
  return *array;
}

// Array(type, size | list | string[, options]) -> Array
Outcome array_new(Call& call) {
  lua_State* L = call.L;
  const CellType type = check_type(L, 1);
  const LockOption lock = check_options(call, 3);
  if (type == CellType::character && lua_type(L, 2) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* text = lua_tolstring(L, 2, &size);
    Array& array = make_array(call, type, size, lock);
    for (std::size_t i = 0; i < size; ++i) array.store(i, static_cast<unsigned char>(text[i]));
    return Outcome::values(1);
  }
  if (lua_type(L, 2) == LUA_TTABLE) {
    const auto size = static_cast<std::uint64_t>(luaL_len(L, 2));
    fill_from_list(L, make_array(call, type, size, lock));
    return Outcome::values(1);
  }
  std::int64_t size = 0;
  if (lua_type(L, 2) != LUA_TNUMBER) luaL_typeerror(L, 2, "number or table");
  if (const char* problem = to_integer(L, 2, size)) luaL_argerror(L, 2, problem);
  luaL_argcheck(L, size >= 0, 2, "size must not be negative");
  make_array(call, type, static_cast<std::uint64_t>(size), lock);
  return Outcome::values(1);
}

// Argument 2 as an index of the array, counted from 0, and below `end`.             [-0, +0, v]
std::uint64_t check_index(lua_State* L, const Array& array, std::uint64_t end) {
  std::int64_t wanted = 0;
  if (const char* problem = to_integer(L, 2, wanted)) luaL_error(L, "bad index (%s)", problem);
  const auto from_zero = static_cast<std::uint64_t>(wanted) - 1;
  if (from_zero >= end) {
    luaL_error(L, "index %I is out of bounds, which are 1 to %I", static_cast<LUAI_UACINT>(wanted),
               static_cast<LUAI_UACINT>(array.size));
  }
  return from_zero;
}

// array[index] -> item, nil behind the last; array.method. Upvalue 1: the methods.
Outcome array_index(Call& call) {
  Array& array = array_self(call);
  lua_settop(call.L, 2);
  if (lua_type(call.L, 2) == LUA_TSTRING) {
    lua_rawget(call.L, lua_upvalueindex(1));
    return Outcome::values(1);
  }
  const std::uint64_t index = check_index(call.L, array, array.size + 1);
  if (index == array.size) {
    lua_pushnil(call.L);
  } else {
    push_cell(call.L, array.type, array.load(index));
  }
  return Outcome::values(1);
}

// array[index] = item
Outcome array_newindex(Call& call) {
  Array& array = array_self(call);
  const std::uint64_t index = check_index(call.L, array, array.size);
  array.store(index, check_assigned(call.L, 3, array.type));
  return Outcome::values(0);
}

// #array -> size
Outcome array_length(Call& call) {
  lua_pushinteger(call.L, static_cast<lua_Integer>(array_self(call).size));
  return Outcome::values(1);
}

// (array, index) -> the next index and item, or nil
Outcome array_next(Call& call) {
  Array& array = array_self(call);
  const auto index = static_cast<std::uint64_t>(luaL_optinteger(call.L, 2, 0));
  if (index >= array.size) {
    lua_pushnil(call.L);
    return Outcome::values(1);
  }
  lua_pushinteger(call.L, static_cast<lua_Integer>(index + 1));
  push_cell(call.L, array.type, array.load(index));
  return Outcome::values(2);
}

// pairs(array) -> array_next, array, nil
Outcome array_pairs(Call& call) {
  array_self(call);
  lua_pushcfunction(call.L, bind<array_next>);
  lua_pushvalue(call.L, 1);
  lua_pushnil(call.L);
  return Outcome::values(3);
}

// array:tolist() -> list
Outcome array_tolist(Call& call) {
  Array& array = array_self(call);
  lua_createtable(call.L, static_cast<int>(std::min<std::uint64_t>(array.size, INT_MAX)), 0);
  for (std::uint64_t i = 0; i < array.size; ++i) {
    push_cell(call.L, array.type, array.load(i));
    lua_rawseti(call.L, -2, static_cast<lua_Integer>(i + 1));
  }
  return Outcome::values(1);
}

// array:get_lock() -> RLock
Outcome array_get_lock(Call& call) { return give_lock(call, array_self(call).lock, "Array"); }

constexpr luaL_Reg kArrayMethods[] = {
    {"__newindex", bind<array_newindex>}, {"__len", bind<array_length>},
    {"__pairs", bind<array_pairs>},       {"get_lock", bind<array_get_lock>},
    {"tolist", bind<array_tolist>},       {nullptr, nullptr}};

void register_class(lua_State* L, ObjectKind kind, const luaL_Reg* methods, lua_CFunction index) {
  register_shared(L, kind, methods);
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, index, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

}  // namespace

const luaL_Reg kSharedCellFunctions[] = {
    {"Array", bind<array_new>}, {"Value", bind<value_new>}, {nullptr, nullptr}};

void register_shared_cells(lua_State* L) {
  register_class(L, ObjectKind::value, kValueMethods, bind<value_index>);
  register_class(L, ObjectKind::array, kArrayMethods, bind<array_index>);
}

}  // namespace braid::stdlib
