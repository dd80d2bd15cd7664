// The standard modules, put where `require` finds them.
#pragma once

struct lua_State;

namespace braid::stdlib {

// open(L): to be called once the standard libraries are open. Makes coroutine.*, pcall, xpcall,
// load, require and os.exit aware of waiting, and puts braid, braid.task and braid.time into
// package.preload. May raise.                                                        [-0, +0, e]
void open(lua_State* L);

// The module `braid`: (loader) -> the table that has every module as a field.         [-0, +1, e]
int load_braid(lua_State* L);

}  // namespace braid::stdlib
