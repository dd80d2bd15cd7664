// Lua values <-> what a shared table keeps: keys and slots.
#pragma once

#include "shared/table.hpp"
#include "vm/call.hpp"

namespace braid::stdlib {

// The key at `index`, which must stay there. False: nil or nan, which no table has; raises for what
// cannot be a key.                                                                  [-0, +0, v]
bool to_key(lua_State* L, int index, runtime::Key& key);
void push_key(lua_State* L, const runtime::Key& key);  //                            [-0, +1, m]

// A slot with a copy of the value at `index`; `key` is the index of the key that it is to have, for
// refusals, or 0. False: it cannot travel, and the error is on top.
// Throws std::bad_alloc.                                                          [-0, +0|1, -]
bool to_slot(lua_State* L, int index, int key, runtime::Slot& slot);

// A copy of the value; somebody must hold the slot's content meanwhile.             [-0, +1, e]
void push_slot(lua_State* L, const runtime::Slot& slot);

// Returns the value of a slot to the script, then drops the slot's content.
vm::Outcome give(vm::Call& call, const runtime::Slot& slot);

}  // namespace braid::stdlib
