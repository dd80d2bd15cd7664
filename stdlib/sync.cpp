// braid.sync: the module. Its classes stand in sync_locks.cpp, sync_signals.cpp and
// sync_meetings.cpp, what is built from them (guards, with, wait_for) in sync.lua.
#include "stdlib/sync.hpp"

#include "lua_sources.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"

namespace braid::stdlib {

vm::Outcome in_time(vm::Call& call, runtime::Wake wake) {
  lua_pushboolean(call.L, wake == runtime::Wake::ready);
  return vm::Outcome::values(1);
}

void add_class(lua_State* L, int classes, runtime::ObjectKind kind, const luaL_Reg* methods) {
  register_shared(L, kind, methods);
  lua_setfield(L, classes, runtime::type_of(kind).name);
}

int load_sync(lua_State* L) {
  lua_newtable(L);
  const int module = lua_gettop(L);
  lua_newtable(L);
  add_locks(L, module, module + 1);
  add_signals(L, module, module + 1);
  add_meetings(L, module, module + 1);
  lua_pushvalue(L, module);
  lua_insert(L, -2);
  run_embedded(L, lua_sync, "=braid.sync", 2, 0);
  return 1;
}

}  // namespace braid::stdlib
