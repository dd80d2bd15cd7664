// A Lua value on its way into a queue or a pipe, and out of it.
#pragma once

#include "channel/hand.hpp"
#include "channel/queue.hpp"
#include "vm/call.hpp"

namespace braid::stdlib {

// What a priority queue orders by is a number or a string, or the first element of a table. Null,
// or what is wrong with the value at `index`, on top of the stack.                      [-0, +0|1,
// m]
const char* sort_key_problem(lua_State* L, const runtime::Queue& queue, int index);
// Raises it.                                                                         [-0, +0, v]
void check_sort_key(lua_State* L, const runtime::Queue& queue, int index);

// The value on top of the stack as a message for the queue, whose key it has been asked for. False,
// with the error on top: it cannot travel. Throws std::bad_alloc.                  [-0, +0|1, -]
bool encode_message(vm::Call& call, const runtime::Queue& queue, runtime::Cell& cell);
// The same for whatever it is that will hold it. `reader` is only compared.
bool encode_message(vm::Call& call, const runtime::Object* reader, runtime::Cell& cell,
                    bool keyed = false);

// Does its message need no memory? Then nothing is lost with a hand that the sweep does not see.
inline bool is_short(lua_State* L, int index) noexcept {
  const int type = lua_type(L, index);
  return type == LUA_TNUMBER || type == LUA_TBOOLEAN || type == LUA_TNIL ||
         (type == LUA_TSTRING && lua_rawlen(L, index) < runtime::Cell::kInside / 2);
}
// The same into a hand, which is left if it fails, by an exception, too.
bool encode_to_hand(vm::Call& call, const runtime::Queue& queue, runtime::Hand& hand);
bool encode_to_hand(vm::Call& call, const runtime::Object* reader, runtime::Hand& hand,
                    bool keyed = false);
// Makes the node of an operation, with the message that is in the hand. Throws std::bad_alloc, and
// then the message is dropped.
void move_to_node(vm::Call& call, runtime::Object& object, std::uint32_t operation,
                  const vm::Patience& patience, runtime::Hand& hand);

// The value of a message that was got from the queue or connection at `at`. What cannot be received
// for lack of memory, or because the unit is cancelled meanwhile, is the next message there again.
// The hand is left.                                                                  [-0, +1, -]
vm::Outcome receive_message(vm::Call& call, int at, runtime::Hand& hand);

// (Cell* as light userdata) -> its value. Raises what codec::decode raises.
int decode_message(lua_State* L);

// Is the error on top of the stack one that has nothing to do with the message? `status` is that of
// lua_pcall.
bool may_be_received_later(lua_State* L, int status);

// What a put that was done has brought about: nothing, or an error on its way.       [-0, +0|1, m]
vm::Outcome put_result(vm::Call& call, std::int64_t result);

}  // namespace braid::stdlib
