// require and os.exit, which must know about waiting and about the end.
#include <cstdlib>
#include <lua.hpp>

#include "vm/call.hpp"
#include "vm/errors.hpp"
#include "vm/lua_libs.hpp"

namespace braid::vm {
namespace {

// --- require ---

// A module that some unit is loading. Closed when the loader returns, fails or is abandoned; those
// who wait then look again. The registry table "braid.loading" (name -> Loading) holds it weakly.
struct Loading {
  runtime::WaitList waiters;
  runtime::Unit* loader = nullptr;
};

constexpr const char* kLoadingTable = "braid.loading";
constexpr const char* kLoadingType = "braid.Loading";
constexpr const char* kWaitsForModule = "a module that another task is loading";

// The stack of require.
constexpr int kName = 1;
constexpr int kLoaded = 2;
constexpr int kLoading = 3;

int require_again(lua_State* L);

// Would waiting for `wanted` close a circle of loaders that wait for each other?
bool closes_circle(const Loading& wanted, const runtime::Unit& me) {
  const Loading* next = &wanted;
  for (;;) {
    const runtime::Unit& loader = *next->loader;
    if (&loader == &me) return true;
    if (loader.state != runtime::UnitState::parked || loader.waits_for != kWaitsForModule) {
      return false;
    }
    // `waiters` is the first member, so the list a loader waits in is the Loading it waits for.
    next = reinterpret_cast<const Loading*>(loader.waits_in);
  }
}

Outcome look_again(Call& call, runtime::Wake) {
  lua_settop(call.L, kName);
  return Outcome::go_on(require_again);
}

Outcome wait_for_loader(Call& call) {
  auto& loading = *static_cast<Loading*>(lua_touserdata(call.L, -1));
  if (closes_circle(loading, call.scheduler().current())) {
    return Outcome::raise(errors::kDeadlock, "tasks wait for each other's modules");
  }
  return call.wait(&loading.waiters, {}, kWaitsForModule, look_again);
}

int loading_close(lua_State* L) {
  auto* loading = static_cast<Loading*>(lua_touserdata(L, 1));
  if (loading->loader == nullptr) return 0;
  loading->loader = nullptr;
  luaL_getsubtable(L, LUA_REGISTRYINDEX, kLoadingTable);
  lua_getiuservalue(L, 1, 1);
  lua_pushnil(L);
  lua_rawset(L, -3);
  loading->waiters.notify_all();
  return 0;
}

// Announces that the running unit loads the module: pushes the Loading, to be closed.
void begin_loading(lua_State* L) {
  auto* loading = new (lua_newuserdatauv(L, sizeof(Loading), 1)) Loading;
  lua_pushvalue(L, kName);
  lua_setiuservalue(L, -2, 1);
  if (luaL_newmetatable(L, kLoadingType)) {
    lua_pushcfunction(L, loading_close);
    lua_setfield(L, -2, "__close");
    lua_pushcfunction(L, loading_close);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, kLoadingTable);
  lua_pushvalue(L, kName);
  lua_pushvalue(L, kLoading);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  loading->loader = &Host::of(L).scheduler().current();
  lua_toclose(L, kLoading);
}

// Pushes the function that loads the module and what its searcher says of it.
void find_loader(lua_State* L) {
  const char* name = lua_tostring(L, kName);
  luaL_Buffer tried;
  if (lua_getfield(L, lua_upvalueindex(1), "searchers") != LUA_TTABLE) {
    luaL_error(L, "'package.searchers' must be a table");
  }
  const int searchers = lua_gettop(L);
  luaL_buffinit(L, &tried);
  luaL_addstring(&tried, "\n\t");
  for (int i = 1;; ++i) {
    if (lua_rawgeti(L, searchers, i) == LUA_TNIL) {
      lua_pop(L, 1);
      luaL_buffsub(&tried, 2);
      luaL_pushresult(&tried);
      luaL_error(L, "module '%s' not found:%s", name, lua_tostring(L, -1));
    }
    lua_pushstring(L, name);
    lua_call(L, 1, 2);
    if (lua_isfunction(L, -2)) return;
    if (lua_isstring(L, -2)) {
      lua_pop(L, 1);
      luaL_addvalue(&tried);
      luaL_addstring(&tried, "\n\t");
    } else {
      lua_pop(L, 2);
    }
  }
}

int require_again(lua_State* L) {
  const char* name = lua_tostring(L, kName);
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, kLoaded, name);
  if (lua_toboolean(L, -1)) return 1;
  lua_pop(L, 1);
  if (!luaL_getsubtable(L, LUA_REGISTRYINDEX, kLoadingTable)) {
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
  }
  lua_getfield(L, -1, name);
  const auto* loading = static_cast<Loading*>(lua_touserdata(L, -1));
  // Whoever loads it and asks for it again gets what stock Lua gives: a second load.
  const bool by_another =
      loading != nullptr && loading->loader != &Host::of(L).scheduler().current();
  if (by_another) return bind<wait_for_loader>(L);
  lua_settop(L, kLoaded);
  begin_loading(L);
  find_loader(L);
  lua_rotate(L, -2, 1);  // data, loader
  lua_pushvalue(L, kName);
  lua_pushvalue(L, -3);
  // Not yieldable, as in stock Lua: a yield of the script's own is an error here, and a wait parks
  // the C stack.
  lua_call(L, 2, 1);  // data, result
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
  } else {
    lua_setfield(L, kLoaded, name);
  }
  if (lua_getfield(L, kLoaded, name) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, kLoaded, name);
  }
  lua_rotate(L, -2, 1);
  Host::of(L).module_loaded(L);
  return 2;
}

int base_require(lua_State* L) {
  luaL_checkstring(L, 1);
  lua_settop(L, kName);
  return require_again(L);
}

// --- os.exit ---

int os_exit(lua_State* L) {
  int status = EXIT_SUCCESS;
  if (lua_isboolean(L, 1)) {
    status = lua_toboolean(L, 1) ? EXIT_SUCCESS : EXIT_FAILURE;
  } else {
    status = static_cast<int>(luaL_optinteger(L, 1, EXIT_SUCCESS));
  }
  Host& host = Host::of(L);
  host.report_untaken(L);
  host.exit_now();
  if (lua_toboolean(L, 2)) lua_close(L);
  hold_output();
  std::exit(status);
}

}  // namespace

void open_base(lua_State* L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  if (lua_getfield(L, -1, LUA_OSLIBNAME) == LUA_TTABLE) {
    lua_pushcfunction(L, os_exit);
    lua_setfield(L, -2, "exit");
  }
  lua_pop(L, 1);
  if (lua_getfield(L, -1, LUA_GNAME) == LUA_TTABLE &&
      lua_getfield(L, -2, LUA_LOADLIBNAME) == LUA_TTABLE) {
    lua_pushcclosure(L, base_require, 1);
    lua_setfield(L, -2, "require");
  }
  lua_settop(L, -3);
}

}  // namespace braid::vm
