// The standard modules, put where `require` finds them.
#pragma once

struct lua_State;

namespace braid::runtime {
struct Program;
}

namespace braid::stdlib {

// To be called once the standard libraries are open. Makes those functions of Lua's own libraries
// that must know of waiting and of other threads do so, and puts the modules into package.preload.
// The state's thread becomes one of `program`; without one it is the main thread of a new program.
//                                                                                    [-0, +0, e]
void open(lua_State* L, runtime::Program* program = nullptr);

// For a state that a thread or process begins with: random numbers of its own. Lua makes the seed
// from the time and an address, which copies have in common, and states made in a row may have.
//                                                                                    [-0, +0, e]
void seed_random(lua_State* L);

// The module `braid`: (loader) -> the table that has every module as a field.         [-0, +1, e]
int load_braid(lua_State* L);

}  // namespace braid::stdlib
