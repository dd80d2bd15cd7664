// See chunk.hpp.
#include "interp/chunk.hpp"

#include <cstdlib>
#include <cstring>

#include "interp/interrupt.hpp"
#include "interp/report.hpp"
#include "vm/errors.hpp"
#include "vm/host.hpp"

namespace braid::interp {
namespace {

int run_loaded(lua_State* L, int load_status) {
  return report(L, load_status == LUA_OK ? call_chunk(L, 0, 0) : load_status);
}

// Pushes arg[1] … arg[#arg] and returns how many.
int push_script_arguments(lua_State* L) {
  if (lua_getglobal(L, "arg") != LUA_TTABLE) return luaL_error(L, "'arg' is not a table");
  const int table = lua_gettop(L);
  const int count = static_cast<int>(luaL_len(L, table));
  luaL_checkstack(L, count + 3, "too many arguments to script");
  for (int i = 1; i <= count; ++i) lua_rawgeti(L, table, i);
  lua_remove(L, table);
  return count;
}

// A chunk that was cancelled because of a task that failed, in a group that nobody closed, ends
// with what that task raised.
void name_cause(lua_State* L) {
  if (!vm::Host::of(L).unmask_cancelled(L)) return;
  vm::errors::push_text(L, -2);  // error, tracebacks, text
  lua_replace(L, -3);
  lua_pushliteral(L, "\n");
  lua_insert(L, -2);
  lua_concat(L, 3);
}

}  // namespace

int call_chunk(lua_State* L, int arguments, int results) {
  const int handler = lua_gettop(L) - arguments;
  lua_pushcfunction(L, message_handler);
  lua_insert(L, handler);  // below the chunk
  arm_interrupt(vm::Host::of(L));
  const int status = lua_pcall(L, arguments, results, handler);
  disarm_interrupt();
  if (status != LUA_OK) name_cause(L);
  vm::Host::of(L).scheduler().abandon_scopes();  // no chunk cancels the next one
  lua_remove(L, handler);
  return status;
}

int run_string(lua_State* L, const char* code, const char* chunk_name) {
  return run_loaded(L, luaL_loadbuffer(L, code, std::strlen(code), chunk_name));
}

int run_file(lua_State* L, const char* path) { return run_loaded(L, luaL_loadfile(L, path)); }

int run_script(lua_State* L, const char* path) {
  int status = luaL_loadfile(L, path);
  if (status == LUA_OK) {
    const int arguments = push_script_arguments(L);
    status = call_chunk(L, arguments, LUA_MULTRET);
  }
  return report(L, status);
}

int run_library(lua_State* L, const char* spec) {
  const char* equals = std::strchr(spec, '=');
  const char* module = equals != nullptr ? equals + 1 : spec;
  const char* global = equals != nullptr ? lua_pushlstring(L, spec, equals - spec)  //
                                         : lua_pushstring(L, spec);
  lua_getglobal(L, "require");
  lua_pushstring(L, module);
  const int status = call_chunk(L, 1, 1);
  if (status == LUA_OK) lua_setglobal(L, global);
  report(L, status);
  lua_pop(L, 1);
  return status;
}

int run_environment(lua_State* L) {
  // A chunk name that starts with '=' is shown as it stands.
  const char* chunk_name = "=LUA_INIT_5_4";
  const char* init = std::getenv(chunk_name + 1);
  if (init == nullptr) {
    chunk_name = "=LUA_INIT";
    init = std::getenv(chunk_name + 1);
  }
  if (init == nullptr) return LUA_OK;
  return init[0] == '@' ? run_file(L, init + 1) : run_string(L, init, chunk_name);
}

}  // namespace braid::interp
