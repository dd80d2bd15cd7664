// See repl.hpp. A command is first tried as an expression, then as a statement; while it lacks its
// end, more lines are read. On the Lua stack a command is built at index 1.
#include "interp/repl.hpp"

#include <cstdio>
#include <cstring>

#include "interp/chunk.hpp"
#include "interp/interrupt.hpp"
#include "interp/prompt.hpp"
#include "interp/report.hpp"
#include "vm/host.hpp"

namespace braid::interp {
namespace {

enum class Command { loaded, broken, cancelled, end_of_input };

// Pushes the prompt that a global sets, as text, or nil, and returns it or the default.
const char* push_prompt(lua_State* L, bool first_line) {
  if (lua_getglobal(L, first_line ? "_PROMPT" : "_PROMPT2") == LUA_TNIL) {
    return first_line ? "> " : ">> ";
  }
  const char* text = luaL_tolstring(L, -1, nullptr);
  lua_remove(L, -2);
  return text;
}

// Pushes one line when the outcome is Line::text, and else what push_prompt pushed. `=x`, from
// Lua 5.2 and before, is `return x`.
Line push_line(lua_State* L, bool first_line) {
  const char* prompt = push_prompt(L, first_line);
  const Line outcome = read_line(L, prompt);
  if (outcome != Line::text) return outcome;
  lua_remove(L, -2);  // the prompt
  const char* line = lua_tostring(L, -1);
  if (first_line && line[0] == '=') {
    lua_pushfstring(L, "return %s", line + 1);
    lua_remove(L, -2);
  }
  return outcome;
}

// [line] -> [chunk] or, when it is no expression, [line] again.
bool load_expression(lua_State* L) {
  const char* line = lua_tostring(L, 1);
  const char* expression = lua_pushfstring(L, "return %s;", line);
  if (luaL_loadbuffer(L, expression, std::strlen(expression), "=stdin") != LUA_OK) {
    lua_settop(L, 1);
    return false;
  }
  remember_line(line);
  lua_replace(L, 1);
  lua_settop(L, 1);
  return true;
}

// Whether the syntax error on the top of the stack says that the text stopped too early.
bool lacks_its_end(lua_State* L, int status) {
  if (status != LUA_ERRSYNTAX) return false;
  constexpr const char kMark[] = "<eof>";
  constexpr std::size_t kLength = sizeof kMark - 1;
  std::size_t length = 0;
  const char* message = lua_tolstring(L, -1, &length);
  return length >= kLength && std::strcmp(message + length - kLength, kMark) == 0;
}

// [line] -> [chunk] or [message], reading further lines while the statement is not complete.
Command load_statement(lua_State* L) {
  for (;;) {
    std::size_t length = 0;
    const char* code = lua_tolstring(L, 1, &length);
    const int status = luaL_loadbuffer(L, code, length, "=stdin");
    if (lacks_its_end(L, status)) {
      lua_pop(L, 1);
      const Line more = push_line(L, false);
      if (more == Line::cancelled) return Command::cancelled;
      if (more == Line::text) {
        lua_pushliteral(L, "\n");
        lua_insert(L, -2);
        lua_concat(L, 3);
        continue;
      }
      // The input ended within the command: an error whose message is, as in `lua`, the prompt.
    }
    remember_line(lua_tostring(L, 1));
    lua_remove(L, 1);
    return status == LUA_OK ? Command::loaded : Command::broken;
  }
}

Command read_command(lua_State* L) {
  lua_settop(L, 0);
  switch (push_line(L, true)) {
    case Line::end_of_input: return Command::end_of_input;
    case Line::cancelled: return Command::cancelled;
    case Line::text: break;
  }
  return load_expression(L) ? Command::loaded : load_statement(L);
}

// (values...) -> the same, with what `print` would show as an address made readable.
int inspect_tables(lua_State* L) {
  const int count = lua_gettop(L);
  for (int i = 1; i <= count; ++i) {
    if (!lua_istable(L, i) || luaL_getmetafield(L, i, "__tostring") != LUA_TNIL) continue;
    lua_getglobal(L, "require");
    lua_pushliteral(L, "braid.inspect");
    lua_call(L, 1, 1);
    lua_pushvalue(L, i);
    lua_call(L, 1, 1);
    lua_replace(L, i);
  }
  lua_settop(L, count);
  return count;
}

// Prints whatever is on the stack with the global `print`, on a terminal readably.
void print_values(lua_State* L) {
  const int count = lua_gettop(L);
  if (count == 0) return;
  luaL_checkstack(L, LUA_MINSTACK, "too many results to print");
  arm_interrupt(vm::Host::of(L));
  int status = LUA_OK;
  if (is_on_terminal()) {
    lua_pushcfunction(L, inspect_tables);
    lua_insert(L, 1);
    status = lua_pcall(L, count, count, 0);
  }
  if (status == LUA_OK) {
    lua_getglobal(L, "print");
    lua_insert(L, 1);
    status = lua_pcall(L, count, 0, 0);
  }
  disarm_interrupt();
  if (status != LUA_OK) {
    print_message(lua_pushfstring(L, "error calling 'print' (%s)", lua_tostring(L, -1)));
  }
}

// The one global that `lua` does not have.
void set_braid_global(lua_State* L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "braid");
  if (report(L, call_chunk(L, 1, 1)) == LUA_OK) lua_setglobal(L, "braid");
}

}  // namespace

void run_repl(lua_State* L) {
  const char* name = program_name();
  set_program_name(nullptr);
  vm::Host& host = vm::Host::of(L);
  host.on_deadlock(nullptr);  // at the prompt it is an error like any other
  open_prompt();
  set_braid_global(L);
  for (;;) {
    const Command command = read_command(L);
    if (command == Command::end_of_input) break;
    if (command == Command::broken) {
      report(L, LUA_ERRSYNTAX);
    } else if (command == Command::loaded) {
      if (report(L, call_chunk(L, 0, LUA_MULTRET)) == LUA_OK) print_values(L);
    }
    discard_interrupt(host);
  }
  lua_settop(L, 0);
  std::putchar('\n');
  std::fflush(stdout);
  set_program_name(name);
}

}  // namespace braid::interp
