#include "vm/errors.hpp"

#include <cstring>
#include <lua.hpp>

namespace braid::vm::errors {
namespace {

int to_string(lua_State* L) {
  lua_getfield(L, 1, "message");
  luaL_tolstring(L, -1, nullptr);
  return 1;
}

// As if both were in a tostring().
int concat(lua_State* L) {
  luaL_tolstring(L, 1, nullptr);
  luaL_tolstring(L, 2, nullptr);
  lua_concat(L, 2);
  return 1;
}

constexpr luaL_Reg kMetamethods[] = {
    {"__tostring", to_string}, {"__concat", concat}, {nullptr, nullptr}};

}  // namespace

void push_metatable(lua_State* L) {
  if (luaL_newmetatable(L, kMetatable)) luaL_setfuncs(L, kMetamethods, 0);
}

void push_with_message(lua_State* L, const char* kind) {
  luaL_checkstack(L, 6, nullptr);
  lua_createtable(L, 0, 3);  // message, error
  lua_insert(L, -2);         // error, message
  lua_setfield(L, -2, "message");
  lua_pushstring(L, kind);
  lua_setfield(L, -2, "kind");
  luaL_traceback(L, L, nullptr, 0);
  lua_setfield(L, -2, "traceback");
  push_metatable(L);
  lua_setmetatable(L, -2);
}

void push(lua_State* L, const char* kind, const char* message) {
  luaL_checkstack(L, 6, nullptr);
  lua_pushstring(L, message);
  push_with_message(L, kind);
}

bool is_kind(lua_State* L, int index, const char* kind) {
  if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index)) return false;
  luaL_getmetatable(L, kMetatable);
  const bool ours = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  if (!ours) return false;
  index = lua_absindex(L, index);
  lua_pushstring(L, "kind");
  lua_rawget(L, index);
  const char* found = lua_tostring(L, -1);
  const bool same = found != nullptr && std::strcmp(found, kind) == 0;
  lua_pop(L, 1);
  return same;
}

void push_text(lua_State* L, int index) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 3, nullptr);
  lua_pushcfunction(L, [](lua_State* inner) {  // __tostring may fail
    luaL_tolstring(inner, 1, nullptr);
    return 1;
  });
  lua_pushvalue(L, index);
  if (lua_pcall(L, 1, 1, 0) == LUA_OK) return;
  lua_pop(L, 1);
  lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, index));
}

}  // namespace braid::vm::errors
