#include "codec/state.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <new>

namespace braid::codec {
namespace {

char g_state_key;
char g_loaded_key;

// Processes of one program may be copies of another one with all its counters, so the number alone
// would not do.
std::uint64_t new_id() noexcept {
  static std::atomic<std::uint64_t> made{0};
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  const auto process = static_cast<std::uint64_t>(getpid()) << 32;
  return (static_cast<std::uint64_t>(now) ^ process) * 0x9E3779B97F4A7C15u + made++;
}

}  // namespace

State::State() noexcept : id(new_id()), globals(nullptr) {}

State* State::find(lua_State* L) noexcept {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &g_state_key);
  auto* state = static_cast<State*>(lua_touserdata(L, -1));
  lua_pop(L, 1);
  return state;
}

State& State::attach(lua_State* L) {
  if (State* state = find(L)) return *state;
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &g_loaded_key);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, collect);
  lua_setfield(L, -2, "__gc");
  auto* state = new (lua_newuserdatauv(L, sizeof(State), 0)) State;
  lua_rotate(L, -2, 1);
  lua_setmetatable(L, -2);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  state->globals = lua_topointer(L, -1);
  lua_pop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &g_state_key);
  return *state;
}

int State::collect(lua_State* L) {
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &g_state_key);
  static_cast<State*>(lua_touserdata(L, 1))->~State();
  return 0;
}

void State::add_type(const void* metatable, std::uint32_t tag) {
  if (type(metatable) == nullptr) types_.push_back({metatable, tag});
}

void State::add_metatable(const void* table, const char* name) {
  if (metatable(table) == nullptr) metatables_.push_back({table, name});
}

const State::Type* State::type(const void* metatable) const noexcept {
  const auto found = std::find_if(types_.begin(), types_.end(),
                                  [&](const Type& row) { return row.metatable == metatable; });
  return found == types_.end() ? nullptr : &*found;
}

const State::Metatable* State::metatable(const void* metatable) const noexcept {
  const auto found = std::find_if(metatables_.begin(), metatables_.end(),
                                  [&](const Metatable& row) { return row.metatable == metatable; });
  return found == metatables_.end() ? nullptr : &*found;
}

void push_loaded(lua_State* L) noexcept { lua_rawgetp(L, LUA_REGISTRYINDEX, &g_loaded_key); }

}  // namespace braid::codec
