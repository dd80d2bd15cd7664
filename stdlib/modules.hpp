// The modules, each a lua_CFunction as package.preload wants them, and what their C++ halves share.
#pragma once

#include <lua.hpp>
#include <string_view>

namespace braid::stdlib {

int load_inspect(lua_State* L);
int load_pipe(lua_State* L);
int load_pool(lua_State* L);
int load_process(lua_State* L);
int load_progress(lua_State* L);
int load_queue(lua_State* L);
int load_shared(lua_State* L);
int load_sync(lua_State* L);
int load_task(lua_State* L);
int load_thread(lua_State* L);
int load_time(lua_State* L);
int load_units(lua_State* L);
#ifdef BRAID_FAULT
int load_fault(lua_State* L);
#endif

// The userdata types, registered before any module is loaded; and braid.task's other files.
void register_task(lua_State* L);
void register_watch(lua_State* L);
void register_shared_cells(lua_State* L);  // of braid.shared, as all below when loaded
void register_shared_memory(lua_State* L);
void register_shared_table(lua_State* L);
void register_pool(lua_State* L);  // when first needed, as the next ones
void register_process(lua_State* L);
void register_thread(lua_State* L);
void register_scopes(lua_State* L);
void open_units(lua_State* L);
extern const luaL_Reg kScopeFunctions[];
extern const luaL_Reg kSharedCellFunctions[];
extern const luaL_Reg kSharedMemoryFunctions[];
extern const luaL_Reg kSharedTableFunctions[];
// braid.queue's other files; register_local_queue leaves the metatable on the stack.
void register_batch(lua_State* L);
void register_selection(lua_State* L);
void register_local_queue(lua_State* L);
int queue_put_many(lua_State* L);
int queue_get_many(lua_State* L);
int local_queue_new(lua_State* L);
int select(lua_State* L);
extern const luaL_Reg kWatchFunctions[];
// Of braid.pool, which braid.task needs, too.
extern const luaL_Reg kFutureFunctions[];
extern const luaL_Reg kUnitFunctions[];

// sleep(seconds[, value]) -> value: in braid.task and braid.time.
int sleep(lua_State* L);

// Runs an embedded Lua source with the arguments on top of the stack.              [-args,
// +results, e]
void run_embedded(lua_State* L, std::string_view source, const char* chunk_name, int args,
                  int results);

}  // namespace braid::stdlib
