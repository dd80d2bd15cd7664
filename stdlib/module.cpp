// The way in for a stock interpreter or an application's own state: `require "braid"`.
#include "stdlib/modules.hpp"
#include "stdlib/open.hpp"
#include "vm/host.hpp"

namespace {

void open(lua_State* L) {
  braid::stdlib::open(L);
  braid::vm::Host::of(L).drain_on_close();
}

}  // namespace

extern "C" {

int luaopen_braid(lua_State* L) {
  open(L);
  return braid::stdlib::load_braid(L);
}

// Lua asks for these when a script requires a module before `braid` itself.
int luaopen_braid_inspect(lua_State* L) {
  open(L);
  return braid::stdlib::load_inspect(L);
}

int luaopen_braid_pipe(lua_State* L) {
  open(L);
  return braid::stdlib::load_pipe(L);
}

int luaopen_braid_process(lua_State* L) {
  open(L);
  return braid::stdlib::load_process(L);
}

int luaopen_braid_progress(lua_State* L) {
  open(L);
  return braid::stdlib::load_progress(L);
}

int luaopen_braid_queue(lua_State* L) {
  open(L);
  return braid::stdlib::load_queue(L);
}

int luaopen_braid_shared(lua_State* L) {
  open(L);
  return braid::stdlib::load_shared(L);
}

int luaopen_braid_sync(lua_State* L) {
  open(L);
  return braid::stdlib::load_sync(L);
}

int luaopen_braid_task(lua_State* L) {
  open(L);
  return braid::stdlib::load_task(L);
}

int luaopen_braid_thread(lua_State* L) {
  open(L);
  return braid::stdlib::load_thread(L);
}

int luaopen_braid_time(lua_State* L) {
  open(L);
  return braid::stdlib::load_time(L);
}
}
