// How a thread is started: everything that it needs is made into messages first, so that what
// cannot travel is an error here and now.
#include <cstring>
#include <memory>
#include <system_error>

#include "stdlib/handles.hpp"
#include "stdlib/thread.hpp"
#include "unit/thread.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::ThreadUnit;
using vm::Call;
using vm::Outcome;
namespace errors = vm::errors;

// Pushes package.path and package.cpath: what a thread loads it finds where its creator would.
//                                                                                    [-0, +2, e]
void push_search_paths(lua_State* L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  for (const char* field : {"path", "cpath"}) {
    if (lua_getfield(L, -1, LUA_LOADLIBNAME) != LUA_TTABLE) {
      lua_pop(L, 1);
      lua_pushnil(L);
    } else {
      lua_pushstring(L, field);
      if (lua_rawget(L, -2) != LUA_TSTRING) {
        lua_pop(L, 1);
        lua_pushnil(L);
      }
      lua_remove(L, -2);
    }
    lua_insert(L, -2);
  }
  lua_pop(L, 1);
}

using OwnMessage =
    std::unique_ptr<runtime::Message,
                    decltype([](runtime::Message* message) { runtime::drop_message(message); })>;

Outcome started_twice() {
  return Outcome::raise(errors::kInvalidState, "a thread can be started only once");
}

// Starts the thread with the `count` values below the two search paths on the stack. Returns an
// errno, or kRefused with the error on top, or kNotCreated.                        [-2, +0|1, -]
constexpr int kRefused = -1;
constexpr int kNotCreated = -2;

int start(lua_State* L, ThreadUnit& thread, int count) {
  OwnMessage paths(make_message(L, 2, codec::Origin::value));
  lua_pop(L, 2);
  OwnMessage call(make_message(L, count, codec::Origin::call));
  if (!call) return kRefused;
  try {
    if (!thread.start(call.get(), paths.get())) return kNotCreated;
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  (void)call.release();
  (void)paths.release();
  return 0;
}

// Pushes "file:line: " of the script that called into this module.                   [-0, +1, m]
void push_place(lua_State* L) {
  lua_Debug frame;
  int level = 1;
  while (lua_getstack(L, level, &frame) != 0 && lua_getinfo(L, "S", &frame) != 0 &&
         std::strcmp(frame.source, kThreadSource) == 0) {
    ++level;
  }
  luaL_where(L, level);
}

}  // namespace

Outcome thread_start(Call& call) {
  ThreadUnit& thread = thread_self(call);
  if (thread.state.load() != ThreadUnit::State::created) return started_twice();
  luaL_checkstack(call.L, 6, "too many arguments");
  const int count = lua_gettop(call.L) - 1;
  push_search_paths(call.L);
  const int failure = start(call.L, thread, count);
  if (failure == 0) return Outcome::values(0);
  if (failure == kNotCreated) return started_twice();
  if (failure == kRefused) return Outcome::raise_top();
  push_place(call.L);
  lua_pushfstring(call.L, "cannot start a thread: %s", std::strerror(failure));
  lua_concat(call.L, 2);
  return Outcome::raise_top();
}

}  // namespace braid::stdlib
