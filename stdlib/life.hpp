// What is run of a thread or a process that a script has started: its function, from its arguments
// to its result.
#pragma once

#include "unit/run_unit.hpp"
#include "vm/host.hpp"

namespace braid::stdlib {

// Runs what the unit was made for on L's main stack, after `begin`, called with the unit as its
// argument. The unit has ended then. False with an error on top when there was no memory for it.
//                                                                                    [-0, +0|1, -]
bool live(lua_State* L, runtime::RunUnit& unit, lua_CFunction begin) noexcept;

// The error of a unit that nobody takes. In one piece, whatever other threads print.
void report_unit(const runtime::RunUnit& unit, const char* text) noexcept;

}  // namespace braid::stdlib
