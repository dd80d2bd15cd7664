// What the program says about itself and about errors, word for word as `lua` says it. Messages go
// to stderr behind the program's name; inside the REPL they have no name in front.
#pragma once

#include <lua.hpp>

namespace braid::interp {

// The name that messages start with; null for none. The string is kept, not copied.
void set_program_name(const char* name) noexcept;
const char* program_name() noexcept;

void print_message(const char* message);
void print_usage_error(const char* bad_option);
void print_help();
void print_copyright();
void print_banner();  // above the first prompt of a session without a script
void print_version();

// Takes the error message that a failed call left on the stack, prints it, and returns `status`;
// does nothing when `status` is LUA_OK.
int report(lua_State* L, int status);

// Turns whatever was raised into text with a traceback: the handler of every call of a chunk.
int message_handler(lua_State* L);

}  // namespace braid::interp
