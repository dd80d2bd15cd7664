// Handles as scripts see them: how they travel, and messages made of Lua values.
#pragma once

#include "codec/encode.hpp"
#include "park/message.hpp"
#include "vm/handle.hpp"

namespace braid::stdlib {

// Says to this process how handles of all kinds travel: before any message is made, read or
// dropped.
void define_travel() noexcept;

// Registers the handles of one kind in this state. Leaves their metatable on the stack. [-0, +1, m]
void register_shared(lua_State* L, runtime::ObjectKind kind, const luaL_Reg* methods);

// A handle with a reference of its own; loads the module of its class if need be.      [-0, +1, e]
void push_shared(lua_State* L, runtime::Object& object);

// The `count` topmost values as one message; null with the error on top when they cannot travel.
// Throws std::bad_alloc.                                                             [-0, +0|1, -]
runtime::Message* make_message(lua_State* L, int count, codec::Origin origin);

// Pushes the values of a message, which must live meanwhile.                          [-0, +n, e]
int push_message(lua_State* L, const runtime::Message& message);

}  // namespace braid::stdlib
