// print, io.write and file:write: as Lua's own, but one call writes as a whole, whichever thread
// makes it: the stream is locked from its first byte to its last. What goes to the terminal goes
// above the status lines.
#include <cstdio>
#include <cstring>
#include <lua.hpp>

#include "vm/lua_libs.hpp"
#include "vm/status_lines.hpp"

namespace braid::vm {
namespace {

// Everything is made text before anything is written: __tostring may run Lua.
int base_print(lua_State* L) {
  const int count = lua_gettop(L);
  luaL_checkstack(L, 3, "too many arguments");
  for (int i = 1; i <= count; ++i) {
    luaL_tolstring(L, i, nullptr);
    lua_replace(L, i);
  }
  flockfile(stdout);
  status::OutputTurn turn(stdout);
  for (int i = 1; i <= count; ++i) {
    std::size_t size = 0;
    const char* text = lua_tolstring(L, i, &size);
    if (i > 1) putc('\t', stdout);
    std::fwrite(text, 1, size, stdout);
  }
  putc('\n', stdout);
  std::fflush(stdout);
  turn.wrote("\n");
  turn.end();
  status::line_is_open(false);
  funlockfile(stdout);
  return 0;
}

// Writes the values from `first` up; the file is on top of the stack, which it returns.
int write_all(lua_State* L, FILE* file, int first) {
  const int last = lua_gettop(L) - 1;
  bool well = true;
  char end = '\n';
  flockfile(file);
  status::OutputTurn turn(file);
  for (int i = first; i <= last; ++i) {
    if (lua_type(L, i) == LUA_TNUMBER) {
      const int written = lua_isinteger(L, i) != 0
                              ? std::fprintf(file, LUA_INTEGER_FMT, lua_tointeger(L, i))
                              : std::fprintf(file, LUA_NUMBER_FMT, lua_tonumber(L, i));
      well = well && written > 0;
      for (int digit = 0; digit < written; ++digit) turn.wrote("0");
      end = '0';
    } else {
      if (lua_type(L, i) != LUA_TSTRING) {
        turn.end();
        funlockfile(file);
        luaL_checklstring(L, i, nullptr);  // raises
      }
      std::size_t size = 0;
      const char* text = lua_tolstring(L, i, &size);
      well = well && std::fwrite(text, 1, size, file) == size;
      turn.wrote({text, size});
      if (size > 0) end = text[size - 1];
    }
  }
  turn.end();
  if (file == stdout || file == stderr) status::line_is_open(end != '\n');
  funlockfile(file);
  return well ? 1 : luaL_fileresult(L, 0, nullptr);
}

FILE* check_open(lua_State* L, const luaL_Stream* stream) {
  if (stream->closef == nullptr) luaL_error(L, "attempt to use a closed file");
  return stream->f;
}

int file_write(lua_State* L) {
  auto* stream = static_cast<luaL_Stream*>(luaL_checkudata(L, 1, LUA_FILEHANDLE));
  FILE* file = check_open(L, stream);
  lua_pushvalue(L, 1);
  return write_all(L, file, 2);
}

int io_write(lua_State* L) {
  lua_getfield(L, LUA_REGISTRYINDEX, "_IO_output");
  const auto* stream = static_cast<luaL_Stream*>(lua_touserdata(L, -1));
  if (stream->closef == nullptr) luaL_error(L, "default %s file is closed", "output");
  return write_all(L, stream->f, 1);
}

}  // namespace

// The C library makes the stream unbuffered when it exits, and then a line may be written in
// pieces. The lock is never given back.
void hold_output() noexcept {
  status::remove_own();
  flockfile(stdout);
}

void open_output(lua_State* L) {
  const luaL_Reg print[] = {{"print", base_print}, {nullptr, nullptr}};
  const luaL_Reg write[] = {{"write", io_write}, {nullptr, nullptr}};
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  if (lua_getfield(L, -1, LUA_GNAME) == LUA_TTABLE) luaL_setfuncs(L, print, 0);
  if (lua_getfield(L, -2, LUA_IOLIBNAME) == LUA_TTABLE) luaL_setfuncs(L, write, 0);
  lua_pop(L, 3);
  if (luaL_getmetatable(L, LUA_FILEHANDLE) == LUA_TTABLE &&
      lua_getfield(L, -1, "__index") == LUA_TTABLE) {
    lua_pushcfunction(L, file_write);
    lua_setfield(L, -2, "write");
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

}  // namespace braid::vm
