#include "stdlib/open.hpp"

#include <unistd.h>

#include <cstring>

#include "codec/types.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/thread_body.hpp"
#include "vm/errors.hpp"
#include "vm/host.hpp"
#include "vm/lua_libs.hpp"

namespace braid::stdlib {
namespace {

constexpr luaL_Reg kModules[] = {
    {"pipe", load_pipe},   {"pool", load_pool},     {"process", load_process},
    {"queue", load_queue}, {"shared", load_shared}, {"sync", load_sync},
    {"task", load_task},   {"thread", load_thread}, {"time", load_time},
    {"units", load_units}, {nullptr, nullptr}};

// Loaded when `braid` is first asked for the field.
constexpr luaL_Reg kLazyModules[] = {
    {"inspect", load_inspect}, {"progress", load_progress}, {nullptr, nullptr}};

void preload(lua_State* L, const char* name, lua_CFunction loader) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, loader);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

void preload_all(lua_State* L, const luaL_Reg* module) {
  for (; module->name != nullptr; ++module) {
    lua_pushfstring(L, "braid.%s", module->name);
    preload(L, lua_tostring(L, -1), module->func);
    lua_pop(L, 1);
  }
}

// Pushes require("braid.NAME").                                                       [-0, +1, e]
void require_module(lua_State* L, const char* name) {
  lua_getglobal(L, "require");
  lua_pushfstring(L, "braid.%s", name);
  lua_call(L, 1, 1);
}

// __index of `braid`: (braid, name) -> the module | nil
int load_lazily(lua_State* L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  for (const luaL_Reg* module = kLazyModules; module->name != nullptr; ++module) {
    if (std::strcmp(lua_tostring(L, 2), module->name) != 0) continue;
    require_module(L, module->name);
    lua_pushvalue(L, -1);
    lua_setfield(L, 1, module->name);
    return 1;
  }
  return 0;
}

}  // namespace

void open(lua_State* L, runtime::Program* program) {
  vm::Host::attach(L, program);
  vm::open_coroutine(L);
  vm::open_protected(L);
  vm::open_base(L);
  vm::open_output(L);
  vm::errors::push_metatable(L);
  vm::Host::of(L).on_module(codec::modules_changed);
  codec::name_metatable(L, -1, vm::errors::kMetatable);
  lua_pop(L, 1);
  define_travel();
  register_task(L);
  register_scopes(L);
  register_watch(L);
  open_units(L);
  preload_all(L, kModules);
  preload_all(L, kLazyModules);
  preload(L, "braid", load_braid);
#ifdef BRAID_FAULT
  preload(L, "braid.fault", load_fault);
#endif
  if (program == nullptr) open_main_thread(L);
}

void seed_random(lua_State* L) {
  lua_Integer seed[2];
  if (getentropy(seed, sizeof seed) != 0) return;
  lua_getglobal(L, LUA_MATHLIBNAME);
  lua_getfield(L, -1, "randomseed");
  lua_pushinteger(L, seed[0]);
  lua_pushinteger(L, seed[1]);
  lua_call(L, 2, 0);
  lua_pop(L, 1);
}

int load_braid(lua_State* L) {
  lua_newtable(L);
  for (const luaL_Reg* module = kModules; module->name != nullptr; ++module) {
    require_module(L, module->name);
    lua_setfield(L, -2, module->name);
  }
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, load_lazily);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_getfield(L, -1, "queue");
  lua_getfield(L, -1, "select");
  lua_setfield(L, -3, "select");
  lua_pop(L, 1);
  return 1;
}

void run_embedded(lua_State* L, std::string_view source, const char* chunk_name, int args,
                  int results) {
  if (luaL_loadbufferx(L, source.data(), source.size(), chunk_name, "t") != LUA_OK) lua_error(L);
  lua_insert(L, -args - 1);
  lua_call(L, args, results);
}

}  // namespace braid::stdlib
