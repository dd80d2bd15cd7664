// Running Lua code for the program: every chunk, be it a script, `-e`, LUA_INIT or a line typed at
// the prompt, runs through call_chunk. Functions that return a status have reported the error.
#pragma once

#include <lua.hpp>

namespace braid::interp {

// lua_pcall with the message handler, and with Ctrl-C reaching the code meanwhile.
int call_chunk(lua_State* L, int arguments, int results);

int run_string(lua_State* L, const char* code, const char* chunk_name);
// `path` null: stdin.
int run_file(lua_State* L, const char* path);
// As run_file, with the elements of the global `arg` as arguments. Raises when it is no table.
int run_script(lua_State* L, const char* path);
// `spec` is "module" or "global=module".
int run_library(lua_State* L, const char* spec);
// What LUA_INIT_5_4, or else LUA_INIT, holds: code, or "@file".
int run_environment(lua_State* L);

}  // namespace braid::interp
