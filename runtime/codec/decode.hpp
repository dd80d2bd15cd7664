// One message -> Lua values.
#pragma once

#include <cstddef>
#include <lua.hpp>

namespace braid::codec {

// Pushes the values of the message and returns how many. Damaged bytes, a lack of memory, a module
// or function that is not here, and what a __transfer's function raises are Lua errors: the caller
// protects. Loads modules and calls the functions of __transfer, so it may run Lua, and bytes must
// stay where they are meanwhile. May be called several times for one message; the references in it
// stay the message's.                                                                     [-0, +n,
// e]
int decode(lua_State* L, const std::byte* message, std::size_t size);

// Pushes the value of a message that is nothing but nil, a boolean or a number; false, and nothing,
// when it is something else. Needs one free slot, allocates nothing.                [-0, +0|1, -]
bool decode_simple(lua_State* L, const std::byte* message, std::size_t size) noexcept;

}  // namespace braid::codec
