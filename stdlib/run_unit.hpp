// What the handles of threads and processes have in common: a Lua class holds one in its field
// "handle".
#pragma once

#include <array>
#include <string_view>

#include "unit/run_unit.hpp"
#include "vm/call.hpp"
#include "vm/handle.hpp"

namespace braid::stdlib {

// The first argument: a table with a handle of that kind, or the handle. From here on the handle
// stands in its place.
runtime::RunUnit& run_unit_self(const vm::Call& call, runtime::ObjectKind kind);
// The same for a method, which a process that was closed has no more.
runtime::RunUnit& open_unit_self(const vm::Call& call, runtime::ObjectKind kind);
// The same when that has been done.
inline runtime::RunUnit& of_handle(lua_State* L) {
  return static_cast<runtime::RunUnit&>(*static_cast<vm::Handle*>(lua_touserdata(L, 1))->object);
}

// The methods of the classes. Being C functions they travel by name, wherever a script mentions
// them.
extern const std::array<luaL_Reg, 9>& kThreadMethods;
extern const std::array<luaL_Reg, 9>& kProcessMethods;

// The handles to fill, which a list on the Lua stack owns: nothing is made while the list of the
// units is locked.
struct UnitPlaces {
  void add(runtime::RunUnit& unit) noexcept;

  vm::Handle** handles;
  std::size_t room;
  std::size_t count;
};
// Pushes a list of handles and how many they are; `fill` adds each unit, once.       [-0, +2, m]
int push_unit_list(lua_State* L, runtime::ObjectKind kind,
                   void (*fill)(lua_State* L, UnitPlaces& places));

// The module of a class: from the C++ half on the stack, functions on handles and methods.
//                                                                                     [-2, +1, e]
void load_unit_module(lua_State* L, const char* class_name, std::string_view source,
                      const char* chunk_name);

// How it ended, or where it is, in a word.
const char* state_name(const runtime::RunUnit& unit);
// set_name(unit, name)
void set_unit_name(vm::Call& call, runtime::RunUnit& unit);

// start(unit, fn, ...): the unit runs fn(...). Everything that it needs is made into messages
// first, so that what cannot travel is an error here and now. `source` is that of the module's Lua
// half, which an error does not name. Then values(0), or what to raise.
using StartUnit = bool (*)(runtime::RunUnit& unit, runtime::Message* call,
                           runtime::Message* surroundings);
vm::Outcome start_unit(vm::Call& call, runtime::RunUnit& unit, StartUnit start, const char* source);
vm::Outcome cannot_start(vm::Call& call, const runtime::RunUnit& unit, int error,
                         const char* source);

}  // namespace braid::stdlib
