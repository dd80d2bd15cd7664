// What the files of braid.sync have in common. Each class is registered by a function that leaves
// its metatable on the stack, for sync.lua to add to.                                     [-0, +1,
// m]
#pragma once

#include "stdlib/handles.hpp"
#include "sync/lock.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {

void register_lock(lua_State* L);
void register_event(lua_State* L);
void register_semaphore(lua_State* L);
void register_condition(lua_State* L);
void register_barrier(lua_State* L);
void register_rwlock(lua_State* L);
void register_wait_group(lua_State* L);
void register_once(lua_State* L);

// The constructors, in the module's table.
extern const luaL_Reg kLockFunctions[];
extern const luaL_Reg kEventFunctions[];
extern const luaL_Reg kSemaphoreFunctions[];
extern const luaL_Reg kConditionFunctions[];
extern const luaL_Reg kBarrierFunctions[];
extern const luaL_Reg kRWLockFunctions[];
extern const luaL_Reg kWaitGroupFunctions[];
extern const luaL_Reg kOnceFunctions[];

// The registry has sync.lua's function that finds a barrier's action at this address.
extern const char kFindAction;

// What sync.lua needs and scripts do not see.
int is_held(lua_State* L);
int once_enter(lua_State* L);
int once_done(lua_State* L);
int once_leave(lua_State* L);
int barrier_load(lua_State* L);

// Takes a lock for the running unit.                                    [-0, +1|2, e, waits]
vm::Outcome acquire_lock(vm::Call& call, runtime::Lock& lock, const vm::Patience& patience);
// What a wait for a lock that is over returns: true[, "owner_died"] or false.
vm::Outcome lock_acquired(vm::Call& call, runtime::Wake wake);
vm::Outcome release_lock(vm::Call& call, runtime::Lock& lock);

// The finish of a wait for something that leaves nothing behind: true or false.
inline vm::Outcome true_if_ready(vm::Call& call, runtime::Wake wake) {
  lua_pushboolean(call.L, wake == runtime::Wake::ready);
  return vm::Outcome::values(1);
}

// An optional number of things, from `least` up.
inline lua_Integer opt_count(const vm::Call& call, int index, lua_Integer least) {
  const lua_Integer count = luaL_optinteger(call.L, index, 1);
  luaL_argcheck(call.L, count >= least, index,
                least == 0 ? "must not be negative" : "must be positive");
  return count;
}

}  // namespace braid::stdlib
