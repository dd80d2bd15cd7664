// Lua values -> one message.
#pragma once

#include <cstdint>
#include <lua.hpp>

#include "codec/bytes.hpp"

namespace braid::codec {

// What the values are, for refusals.
enum class Origin : std::uint8_t {
  value,      // cannot send a file (field "log"); of several: (value 2, field "log")
  arguments,  // (argument 1, …)
  call,       // a function and its arguments: (upvalue "log") or (argument 1, …)
  results,    // (result 1, …)
  field,      // one value, and below it on the stack the key that it is to have: (field "key.log")
};

// Appends the `count` topmost values of the stack to `out` as one message.
// True: the stack is as before, and the message holds the references in it until release().
// False: the error is on top (a string, or what a __transfer raised), `out` as before and no
// reference taken. Does not raise nor yield; runs Lua only for __transfer. Throws std::bad_alloc:
// then all is as before.                                                             [-0, +0|1, -]
bool encode(lua_State* L, int count, Origin origin, Bytes& out);

}  // namespace braid::codec
