// pcall, xpcall and load: the functions of Lua that catch errors. None of them returns in a unit
// that is on its way out because it is cancelled, and no message handler sees that happen: it could
// replace the error by which the cancel scope, further out, knows that it was its own.
#include <lua.hpp>

#include "vm/errors.hpp"
#include "vm/host.hpp"
#include "vm/lua_libs.hpp"

namespace braid::vm {
namespace {

const char kStockLoad = 0;  // registry key: the `load` that was there before

// Beyond that many frames a cancellation looks for no handler: finding frame n costs n steps.
constexpr int kFramesSearched = 2000;

constexpr int kHandler = 2;  // in the frame of xpcall

bool unwinding(lua_State* L, lua_KContext mark) {
  return Host::of(L).scheduler().unwinding_since(static_cast<std::uint64_t>(mark));
}

lua_KContext mark(lua_State* L) {
  return static_cast<lua_KContext>(Host::of(L).scheduler().mark());
}

// Results are everything above `skip`.
template <int skip>
int protected_end(lua_State* L, int status, lua_KContext mark) {
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - skip;
  if (unwinding(L, mark)) return pass_cancelled(L);
  lua_pushboolean(L, 0);
  lua_pushvalue(L, -2);
  return 2;
}

int base_pcall(lua_State* L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);  // true, fn, args...
  const lua_KContext now = mark(L);
  const int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, now, protected_end<0>);
  return protected_end<0>(L, status, now);
}

int base_xpcall(lua_State* L) {
  const int arguments = lua_gettop(L) - 2;
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);  // fn, handler, true, fn, args...
  const lua_KContext now = mark(L);
  const int status = lua_pcallk(L, arguments, LUA_MULTRET, kHandler, now, protected_end<2>);
  return protected_end<2>(L, status, now);
}

// Takes the place of a handler, its upvalue, in a unit that has been cancelled.
int handler_but_for_cancelled(lua_State* L) {
  if (Host::of(L).scheduler().current().cancelled && errors::is_kind(L, 1, errors::kCancelled)) {
    return 1;
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

// Finds the handler that an error raised now would be given to, and stands in for it. The frame is
// an xpcall's; what it is called with lies where the handler was from then on. Programs that
// cancel nothing never have another function between an error and its handler.
void shield_handler(lua_State* L) {
  luaL_checkstack(L, 3, nullptr);
  lua_Debug frame;
  for (int level = 0; level < kFramesSearched && lua_getstack(L, level, &frame) != 0; ++level) {
    lua_getinfo(L, "f", &frame);
    const lua_CFunction function = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    // A frame that raises again what it has caught catches nothing more.
    if (level == 0 || (function != base_pcall && function != base_xpcall)) continue;
    if (function == base_pcall) return;
    if (lua_getlocal(L, &frame, kHandler) == nullptr) return;
    if (lua_tocfunction(L, -1) == handler_but_for_cancelled) {
      lua_pop(L, 1);
    } else {
      lua_pushcclosure(L, handler_but_for_cancelled, 1);
      lua_setlocal(L, &frame, kHandler);
    }
    return;
  }
}

// load calls the script's reader under protection.
int base_load(lua_State* L) {
  const lua_KContext now = mark(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kStockLoad);
  const lua_CFunction stock = lua_tocfunction(L, -1);
  lua_pop(L, 1);
  const int results = stock(L);  // in this very frame: to messages it is `load`
  if (results == 2 && lua_isnil(L, -2) && unwinding(L, now)) return pass_cancelled(L);
  return results;
}

}  // namespace

int pass_cancelled(lua_State* L) {
  shield_handler(L);
  return lua_error(L);
}

void open_protected(lua_State* L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  if (lua_getfield(L, -1, LUA_GNAME) == LUA_TTABLE) {
    const luaL_Reg base[] = {{"pcall", base_pcall}, {"xpcall", base_xpcall}, {nullptr, nullptr}};
    luaL_setfuncs(L, base, 0);
    lua_getfield(L, -1, "load");
    if (const lua_CFunction stock = lua_tocfunction(L, -1);
        stock != nullptr && stock != base_load) {
      lua_rawsetp(L, LUA_REGISTRYINDEX, &kStockLoad);
      lua_pushcfunction(L, base_load);
      lua_setfield(L, -2, "load");
    } else {
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 2);
}

}  // namespace braid::vm
