// braid.fault, in builds with BRAID_FAULT only: what tests/fault needs to kill a process at each
// step of what it does to shared objects.
#include "arena/fault.hpp"

#include "arena/arena.hpp"
#include "stdlib/modules.hpp"
#include "vm/call.hpp"

namespace braid::stdlib {
namespace {

using vm::bind;
using vm::Call;
using vm::Outcome;

// die_at(step): the process dies at that step of its calling thread, counted from now; 0 = it does
// not
Outcome die_at(Call& call) {
  const lua_Integer step = luaL_checkinteger(call.L, 1);
  runtime::fault::t_steps_left = static_cast<std::uint64_t>(step);
  return Outcome::values(0);
}

// usage() -> how many blocks of the arena are in use
Outcome usage(Call& call) {
  lua_pushinteger(call.L, static_cast<lua_Integer>(runtime::arena::usage().blocks));
  return Outcome::values(1);
}

constexpr luaL_Reg kFunctions[] = {
    {"die_at", bind<die_at>}, {"usage", bind<usage>}, {nullptr, nullptr}};

}  // namespace

int load_fault(lua_State* L) {
  luaL_newlib(L, kFunctions);
  return 1;
}

}  // namespace braid::stdlib
