// The prompt: reads a command, which may span several lines, runs it as a chunk, prints its values
// or its error, until the end of the input. Tasks go on while it waits. With input that is no
// terminal it writes what `lua -i` writes.
#pragma once

#include <lua.hpp>

namespace braid::interp {

// Called from run_program, whose stack it may clear. Raises what reading `_PROMPT` raises.
void run_repl(lua_State* L);

}  // namespace braid::interp
