// braid.progress, the C++ half: the lines at the bottom of the terminal (vm/status_lines.hpp), by
// their numbers. What goes through a list or an iterator stands in progress.lua.
#include "lua_sources.hpp"
#include "stdlib/modules.hpp"
#include "vm/status_lines.hpp"

namespace braid::stdlib {
namespace {

namespace status = vm::status;

status::Id id_at_1(lua_State* L) { return static_cast<status::Id>(luaL_checkinteger(L, 1)); }

std::string_view text_at(lua_State* L, int index) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(L, index, &size);
  return {text, size};
}

// add_bar(total | nil, text, leaves), add_spinner(text) -> id | nil                  [-0, +1, e]
int push_id(lua_State* L, const status::NewLine& line) {
  const status::Id id = status::add(line);
  if (id == 0) return 0;
  lua_pushinteger(L, static_cast<lua_Integer>(id));
  return 1;
}
int add_bar(lua_State* L) {
  return push_id(L, {.spins = false,
                     .leaves = lua_toboolean(L, 3) != 0,
                     .total = luaL_optnumber(L, 1, -1),
                     .text = text_at(L, 2)});
}
int add_spinner(lua_State* L) {
  return push_id(L, {.spins = true, .leaves = false, .text = text_at(L, 1)});
}

// advance(id, by)
int advance(lua_State* L) {
  status::advance(id_at_1(L), luaL_checknumber(L, 2));
  return 0;
}

// describe(id, text)
int describe(lua_State* L) {
  status::describe(id_at_1(L), text_at(L, 2));
  return 0;
}

// remove(id)
int remove(lua_State* L) {
  status::remove(id_at_1(L));
  return 0;
}

constexpr luaL_Reg kCore[] = {{"add_bar", add_bar}, {"add_spinner", add_spinner},
                              {"advance", advance}, {"describe", describe},
                              {"remove", remove},   {nullptr, nullptr}};

}  // namespace

int load_progress(lua_State* L) {
  lua_settop(L, 0);
  luaL_newlib(L, kCore);
  run_embedded(L, lua_progress, "=braid.progress", 1, 1);
  return 1;
}

int load_inspect(lua_State* L) {
  lua_settop(L, 0);
  run_embedded(L, lua_inspect, "=braid.inspect", 0, 1);
  return 1;
}

}  // namespace braid::stdlib
