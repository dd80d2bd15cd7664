// The way in for a stock interpreter or an application's own state: `require "braid"`.
#include "stdlib/open.hpp"
#include "vm/host.hpp"

extern "C" __attribute__((visibility("default"))) int luaopen_braid(lua_State* L) {
  braid::stdlib::open(L);
  braid::vm::Host::of(L).drain_on_close();
  return braid::stdlib::load_braid(L);
}
