// Lua values <-> cells, and what Value and Array have in common.
#pragma once

#include "shared/cell_type.hpp"
#include "shared/own_lock.hpp"
#include "vm/call.hpp"

namespace braid::stdlib {

// The value at `index` as a cell. Null, or what is wrong with it, a string on the stack. Of a float
// type: as f64, and within the range of that type.                                [-0, +0|1, m]
const char* to_cell(lua_State* L, int index, runtime::CellType type, runtime::CellBits& bits);
// The same of any integer.
const char* to_integer(lua_State* L, int index, std::int64_t& integer);

// As an argument of a function; as what is assigned. Both raise.                    [-0, +0, v]
runtime::CellBits check_cell(lua_State* L, int index, runtime::CellType type);
runtime::CellBits check_assigned(lua_State* L, int index, runtime::CellType type);
void push_cell(lua_State* L, runtime::CellType type, runtime::CellBits bits);  //    [-0, +1, m]

// The type that argument `index` names.                                             [-0, +0, v]
runtime::CellType check_type(lua_State* L, int index);

struct LockOption {
  runtime::OwnLock::Kind kind = runtime::OwnLock::Kind::own;
  runtime::Lock* given = nullptr;
};
// {lock = true | false | a lock}, or nothing.                                       [-0, +0, v]
LockOption check_options(const vm::Call& call, int index);

}  // namespace braid::stdlib
