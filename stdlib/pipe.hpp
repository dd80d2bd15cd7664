// What the methods of a Connection and select have in common.
#pragma once

#include "vm/call.hpp"

namespace braid::stdlib {

// Raises what every method of a closed connection does.                           [-0, +0, v]
[[noreturn]] void raise_closed_connection(lua_State* L);

// nil and why.                                                                    [-0, +2, m]
vm::Outcome pipe_nothing(vm::Call& call, const char* why);
// What recv returns or raises that got no message: a Pipe::Result.                [-0, +1|2, m]
vm::Outcome pipe_refused(vm::Call& call, std::int64_t result);
// The same of a send.
vm::Outcome pipe_sent(std::int64_t result);

}  // namespace braid::stdlib
