// The modules, each a lua_CFunction as package.preload wants them, and what their C++ halves share.
#pragma once

#include <lua.hpp>
#include <string_view>

namespace braid::stdlib {

int load_shared(lua_State* L);
int load_sync(lua_State* L);
int load_task(lua_State* L);
int load_thread(lua_State* L);
int load_time(lua_State* L);
int load_units(lua_State* L);

// The userdata types, registered before any module is loaded; and braid.task's other files.
void register_task(lua_State* L);
void register_watch(lua_State* L);
void register_shared_cells(lua_State* L);  // of braid.shared, as all below when loaded
void register_shared_table(lua_State* L);
void register_thread(lua_State* L);  // when first needed
void register_scopes(lua_State* L);
void open_units(lua_State* L);
extern const luaL_Reg kScopeFunctions[];
extern const luaL_Reg kSharedCellFunctions[];
extern const luaL_Reg kSharedTableFunctions[];
extern const luaL_Reg kWatchFunctions[];

// sleep(seconds[, value]) -> value: in braid.task and braid.time.
int sleep(lua_State* L);

// Runs an embedded Lua source with the arguments on top of the stack.              [-args,
// +results, e]
void run_embedded(lua_State* L, std::string_view source, const char* chunk_name, int args,
                  int results);

}  // namespace braid::stdlib
