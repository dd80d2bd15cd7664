#include "vm/handle.hpp"

namespace braid::vm {

using runtime::Object;
using runtime::ObjectKind;

namespace {

// Registry key: object -> the handle to it that this state got or sent first. The values are weak;
// the collector takes a handle out before its finalizer runs, so while it is in here it holds its
// object, and no other one can have that address.
const char kKnown = 0;

// Pushes that table.                                                                [-0, +1, m]
void push_known(lua_State* L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kKnown) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kKnown);
}

int handle_collect(lua_State* L) {
  auto& handle = *static_cast<Handle*>(lua_touserdata(L, 1));
  if (handle.slot == nullptr) return 0;
  handle.let_go();
  Host::of(L).holdings().give_back(*handle.slot);
  handle.slot = nullptr;
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

runtime::Holdings::Slot* take_slot(Host& host) noexcept {
  try {
    return &host.holdings().take();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
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
  void* block = lua_newuserdatauv(L, sizeof(Handle), 0);
  auto& handle = *new (block) Handle{Handle::mark_of(kind), {}, take_slot(host)};
  if (handle.slot == nullptr) luaL_error(L, "not enough memory");
  lua_rawgetp(L, LUA_REGISTRYINDEX, host.handle_type(kind));
  lua_setmetatable(L, -2);
  return handle;
}

bool push_known_handle(lua_State* L, Object& object) {
  push_known(L);
  lua_rawgetp(L, -1, &object);
  lua_remove(L, -2);
  // When the state is being closed handles stay in the table although they are finalized.
  if (to_object(L, -1) == &object) return true;
  lua_pop(L, 1);
  return false;
}

void know_handle(lua_State* L) {
  luaL_checkstack(L, 4, nullptr);
  Object& object = *static_cast<Handle*>(lua_touserdata(L, -1))->object;
  if (push_known_handle(L, object)) return lua_pop(L, 1);
  push_known(L);
  lua_pushvalue(L, -2);
  lua_rawsetp(L, -2, &object);
  lua_pop(L, 1);
}

}  // namespace braid::vm
