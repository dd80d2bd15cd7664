#include "stdlib/cell_value.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#include "vm/handle.hpp"

namespace braid::stdlib {

using runtime::CellBits;
using runtime::CellRange;
using runtime::CellType;
using runtime::Lock;
using runtime::ObjectKind;
using runtime::OwnLock;
using vm::Call;

namespace {

const char* to_float(lua_State* L, int index, CellType type, CellBits& bits) {
  if (lua_type(L, index) != LUA_TNUMBER) {
    return lua_pushfstring(L, "number expected, got %s", luaL_typename(L, index));
  }
  const double number = lua_tonumberx(L, index, nullptr);
  bits = std::bit_cast<CellBits>(number);
  if (type == CellType::f32 && std::isinf(static_cast<float>(number)) && !std::isinf(number)) {
    return lua_pushfstring(L, "%f is out of range for f32", number);
  }
  return nullptr;
}

}  // namespace

const char* to_integer(lua_State* L, int index, std::int64_t& integer) {
  if (lua_type(L, index) != LUA_TNUMBER) {
    return lua_pushfstring(L, "number expected, got %s", luaL_typename(L, index));
  }
  int is_integer = 0;
  integer = lua_tointegerx(L, index, &is_integer);
  return is_integer != 0 ? nullptr : lua_pushliteral(L, "number has no integer representation");
}

const char* to_cell(lua_State* L, int index, CellType type, CellBits& bits) {
  if (runtime::is_float(type)) return to_float(L, index, type, bits);
  if (type == CellType::boolean) {
    bits = lua_toboolean(L, index) != 0 ? 1 : 0;
    return lua_type(L, index) == LUA_TBOOLEAN
               ? nullptr
               : lua_pushfstring(L, "boolean expected, got %s", luaL_typename(L, index));
  }
  if (type == CellType::character) {
    if (lua_type(L, index) != LUA_TSTRING || lua_rawlen(L, index) != 1) {
      return lua_pushfstring(L, "string of one byte expected, got %s",
                             lua_type(L, index) == LUA_TSTRING ? "a string of another length"
                                                               : luaL_typename(L, index));
    }
    bits = static_cast<unsigned char>(*lua_tostring(L, index));
    return nullptr;
  }
  std::int64_t integer = 0;
  if (const char* problem = to_integer(L, index, integer)) return problem;
  bits = static_cast<CellBits>(integer);
  const CellRange range = runtime::range_of(type);
  if (integer >= range.least && integer <= range.greatest) return nullptr;
  return lua_pushfstring(L, "%I is out of range for %s, which is %I to %I",
                         static_cast<LUAI_UACINT>(integer), runtime::name_of(type),
                         static_cast<LUAI_UACINT>(range.least),
                         static_cast<LUAI_UACINT>(range.greatest));
}

CellBits check_cell(lua_State* L, int index, CellType type) {
  CellBits bits = 0;
  if (const char* problem = to_cell(L, index, type, bits)) luaL_argerror(L, index, problem);
  return bits;
}

CellBits check_assigned(lua_State* L, int index, CellType type) {
  CellBits bits = 0;
  if (const char* problem = to_cell(L, index, type, bits)) luaL_error(L, "bad value (%s)", problem);
  return bits;
}

void push_cell(lua_State* L, CellType type, CellBits bits) {
  if (runtime::is_float(type)) {
    lua_pushnumber(L, std::bit_cast<double>(bits));
  } else if (type == CellType::boolean) {
    lua_pushboolean(L, bits != 0);
  } else if (type == CellType::character) {
    const char byte = static_cast<char>(bits);
    lua_pushlstring(L, &byte, 1);
  } else {
    lua_pushinteger(L, static_cast<lua_Integer>(bits));
  }
}

CellType check_type(lua_State* L, int index) {
  std::size_t size = 0;
  const char* name = luaL_checklstring(L, index, &size);
  CellType type = CellType::i8;
  if (!runtime::find_cell_type({name, size}, type)) {
    luaL_argerror(L, index, lua_pushfstring(L, "unknown type '%s'", name));
  }
  return type;
}

LockOption check_options(const Call& call, int index) {
  lua_State* L = call.L;
  LockOption option;
  if (lua_isnoneornil(L, index)) return option;
  luaL_checktype(L, index, LUA_TTABLE);
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    const int value = lua_gettop(L);
    if (lua_type(L, -2) != LUA_TSTRING || std::strcmp(lua_tostring(L, -2), "lock") != 0) {
      luaL_argerror(L, index,
                    lua_pushfstring(L, "unknown option '%s'", luaL_tolstring(L, -2, nullptr)));
    }
    option.given = vm::to_shared<Lock>(call, ObjectKind::lock, value);
    if (option.given == nullptr && !lua_isboolean(L, value)) {
      luaL_argerror(L, index, "'lock' must be a boolean or a lock");
    }
    if (option.given == nullptr && lua_toboolean(L, value) == 0) option.kind = OwnLock::Kind::none;
    lua_pop(L, 1);
  }
  return option;
}

}  // namespace braid::stdlib
