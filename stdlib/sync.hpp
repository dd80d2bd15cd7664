// braid.sync in parts: each adds its constructors to the module at `module` and the metatables of
// its classes to the table at `classes`.
#pragma once

#include <lua.hpp>

#include "vm/call.hpp"

namespace braid::stdlib {

// The result of a wait: did it happen in time?
vm::Outcome in_time(vm::Call& call, runtime::Wake wake);

void add_locks(lua_State* L, int module, int classes);     // Lock, RLock, Semaphore, RWLock
void add_signals(lua_State* L, int module, int classes);   // Event, Condition, WaitGroup
void add_meetings(lua_State* L, int module, int classes);  // Barrier, Once

// Registers one class and keeps its metatable under its name.                       [-0, +0, m]
void add_class(lua_State* L, int classes, runtime::ObjectKind kind, const luaL_Reg* methods);

}  // namespace braid::stdlib
