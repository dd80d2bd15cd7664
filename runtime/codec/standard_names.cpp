// The names of Lua's own functions as a state that no script has touched gives them.
#include <new>

#include "codec/state.hpp"

namespace braid::codec {
namespace {

int build(lua_State* L) {
  auto* failed = static_cast<bool*>(lua_touserdata(L, 1));
  luaL_openlibs(L);
  State& state = State::attach(L);
  try {
    state.names.build(L);
    *failed = false;
  } catch (const std::bad_alloc&) {
    *failed = true;
  }
  lua_pushlightuserdata(L, &state);
  return 1;
}

const Names* open_untouched() {
  lua_State* L = luaL_newstate();
  if (L == nullptr) throw std::bad_alloc();
  bool failed = true;
  lua_pushcfunction(L, build);
  lua_pushlightuserdata(L, &failed);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK || failed) {
    lua_close(L);
    throw std::bad_alloc();
  }
  return &static_cast<State*>(lua_touserdata(L, -1))->names;
}

}  // namespace

const Name* standard_name(lua_CFunction function) {
  // Made when first needed and never closed: another thread may still ask when the process ends.
  static const Names* const kNames = open_untouched();
  return kNames->find(reinterpret_cast<const void*>(function), LUA_TFUNCTION);
}

}  // namespace braid::codec
