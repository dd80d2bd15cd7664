// One line of input for the REPL, edited with readline and remembered in the history. Readline has
// one global state: only the main thread may call these.
#pragma once

#include <lua.hpp>

namespace braid::interp {

enum class Line { text, cancelled, end_of_input };

// Call once, before the first read_line. On a terminal it also reads the history of earlier
// sessions, and what is remembered from then on is appended to it.
void open_prompt();

// Does somebody type the lines?
[[nodiscard]] bool is_on_terminal();

// Waits for a line, while tasks go on, and pushes it, without its newline, when the outcome is
// Line::text. Ctrl-C on a terminal cancels it. Does not raise, but for want of memory.
Line read_line(lua_State* L, const char* prompt);

// Adds a whole command, which may have several lines, to the history; an empty one is left out.
void remember_line(const char* command);

}  // namespace braid::interp
