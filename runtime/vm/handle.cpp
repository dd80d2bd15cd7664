#include "vm/handle.hpp"

namespace braid::vm {

using runtime::Object;
using runtime::ObjectKind;

namespace {

int handle_collect(lua_State* L) {
  auto& handle = *static_cast<Handle*>(lua_touserdata(L, 1));
  if (Object* object = handle.object.get()) {
    handle.object = nullptr;
    runtime::drop(*object);
  }
  return 0;
}

// Called only when both operands are userdata; the other one may be of any kind.
int handle_equal(lua_State* L) {
  bool equal = false;
  if (lua_getmetatable(L, 1) && lua_getmetatable(L, 2) && lua_rawequal(L, -1, -2)) {
    equal = static_cast<Handle*>(lua_touserdata(L, 1))->object ==
            static_cast<Handle*>(lua_touserdata(L, 2))->object;
  }
  lua_pushboolean(L, equal);
  return 1;
}

// The same for every handle of an object.
int handle_tostring(lua_State* L) {
  luaL_getmetafield(L, 1, "__name");
  lua_pushfstring(L, "%s: %p", lua_tostring(L, -1),
                  static_cast<void*>(static_cast<Handle*>(lua_touserdata(L, 1))->object.get()));
  return 1;
}

constexpr luaL_Reg kMetamethods[] = {{"__gc", handle_collect},
                                     {"__eq", handle_equal},
                                     {"__tostring", handle_tostring},
                                     {nullptr, nullptr}};

}  // namespace

void register_handle(lua_State* L, ObjectKind kind, const luaL_Reg* methods) {
  luaL_checkstack(L, 6, nullptr);
  luaL_newmetatable(L, runtime::type_of(kind).name);
  luaL_setfuncs(L, kMetamethods, 0);
  luaL_setfuncs(L, methods, 0);
  if (lua_getfield(L, -1, "__index") == LUA_TNIL) {
    lua_pushvalue(L, -2);
    lua_setfield(L, -3, "__index");
  }
  lua_pop(L, 1);
  const void* metatable = lua_topointer(L, -1);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, metatable);
  Host::of(L).set_handle_type(kind, metatable);
}

Handle& new_handle(lua_State* L, Host& host, ObjectKind kind) {
  auto& handle = *new (lua_newuserdatauv(L, sizeof(Handle), 0)) Handle{Handle::mark_of(kind), {}};
  lua_rawgetp(L, LUA_REGISTRYINDEX, host.handle_type(kind));
  lua_setmetatable(L, -2);
  return handle;
}

}  // namespace braid::vm
