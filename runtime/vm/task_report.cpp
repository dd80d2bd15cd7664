// What is said about tasks that failed: the errors that nobody takes, and where an error came from.
#include <cstdio>

#include "vm/errors.hpp"
#include "vm/host.hpp"
#include "vm/status_lines.hpp"

namespace braid::vm {

using runtime::Unit;

namespace {

// Registry keys: the error that was raised last outside of the task that it comes from, and the
// traceback that it had there.
const char kCrossed = 0;
const char kCrossedTraceback = 0;

// Through how much text an error is followed back; then only to its first task.
constexpr std::size_t kLongOrigin = 8000;

constexpr const char* kAndInThe = "\nand in the ";
constexpr const char* kCameFrom = " that it came from, ";

void report_guarded(lua_State* L, int index) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 6, nullptr);
  lua_getiuservalue(L, index, 3);
  lua_getiuservalue(L, index, 1);
  lua_getiuservalue(L, index, 2);
  errors::push_text(L, -2);  // name, error, traceback, text
  const char* trace = lua_tostring(L, -2);
  std::fflush(stdout);
  status::OutputTurn turn(stderr);
  std::fprintf(stderr, "braid: uncaught error in task '%s': %s\n%s%s", lua_tostring(L, -4),
               lua_tostring(L, -1), trace != nullptr ? trace : "", trace != nullptr ? "\n" : "");
  std::fflush(stderr);
  turn.end();
  if (errors::is_kind(L, -3, errors::kDeadlock)) Host::of(L).program().found_deadlock.store(true);
  lua_pop(L, 4);
}

}  // namespace

void Host::arm(Untaken& untaken) noexcept {
  untaken.armed = true;
  untaken.older = newest_untaken_;
  (newest_untaken_ != nullptr ? newest_untaken_->newer : oldest_untaken_) = &untaken;
  newest_untaken_ = &untaken;
}

void Host::disarm(Untaken& untaken) noexcept {
  if (!untaken.armed) return;
  untaken.armed = false;
  (untaken.older != nullptr ? untaken.older->newer : oldest_untaken_) = untaken.newer;
  (untaken.newer != nullptr ? untaken.newer->older : newest_untaken_) = untaken.older;
}

int Host::collect_untaken(lua_State* L) {
  auto& untaken = *static_cast<Untaken*>(lua_touserdata(L, 1));
  if (!untaken.armed) return 0;
  of(L).disarm(untaken);
  report_guarded(L, 1);
  return 0;
}

void Host::guard_error(lua_State* L, int task_index) {
  const int error = lua_gettop(L);
  auto& untaken = *new (lua_newuserdatauv(L, sizeof(Untaken), 3)) Untaken;
  lua_pushvalue(L, error);
  lua_setiuservalue(L, -2, 1);
  push_extras(L, task_index);
  lua_getfield(L, -1, "traceback");
  lua_setiuservalue(L, -3, 2);
  push_name_at(L, task_index);
  lua_setiuservalue(L, -3, 3);
  if (luaL_newmetatable(L, "braid.Untaken")) {
    lua_pushcfunction(L, collect_untaken);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -3);  // error guard extras
  lua_rawgeti(L, LUA_REGISTRYINDEX, untaken_ref_);
  lua_pushvalue(L, -3);
  lua_pushboolean(L, 1);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "untaken");
  lua_rawgeti(L, LUA_REGISTRYINDEX, failed_ref_);
  lua_pushvalue(L, task_index);
  lua_rawsetp(L, -2, static_cast<Unit*>(static_cast<Task*>(lua_touserdata(L, task_index))));
  lua_pop(L, 1);
  if (static_cast<Task*>(lua_touserdata(L, task_index))->callback) {
    report_guarded(L, -2);
  } else {
    arm(untaken);
  }
  lua_settop(L, error);
}

void Host::take_error(lua_State* L, int index) {
  index = lua_absindex(L, index);
  if (lua_getiuservalue(L, index, kTaskExtras) == LUA_TTABLE) {
    if (lua_getfield(L, -1, "untaken") == LUA_TUSERDATA) {
      disarm(*static_cast<Untaken*>(lua_touserdata(L, -1)));
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

void Host::crosses(lua_State* L, int index) {
  index = lua_absindex(L, index);
  lua_getiuservalue(L, index, kTaskResult);
  if (lua_getiuservalue(L, index, kTaskExtras) == LUA_TTABLE) {
    lua_getfield(L, -1, "traceback");
    lua_remove(L, -2);
  }
  set_origin(L);
}

void Host::set_origin(lua_State* L, const char* unit) {
  crossed_from_ = unit;
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kCrossedTraceback);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kCrossed);
  crossed_into_ = scheduler_.current().id;
}

namespace {

// Is the error at `index` the one on top of the stack, or that with a position or a few words in
// front, as coroutine.wrap and error() put them there?
bool comes_from(lua_State* L, int index) {
  if (lua_rawequal(L, index, -1) != 0) return true;
  if (lua_type(L, index) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING) return false;
  std::size_t length = 0;
  std::size_t tail_length = 0;
  const char* text = lua_tolstring(L, index, &length);
  const char* tail = lua_tolstring(L, -1, &tail_length);
  const std::string_view whole{text, length};
  const std::string_view end{tail, tail_length};
  if (length < end.length() + 2 || whole.substr(length - end.length()) != end) return false;
  return whole.substr(length - end.length() - 2, 2) == ": ";
}

}  // namespace

bool Host::has_origin(lua_State* L, int index) {
  if (crossed_into_ != scheduler_.current().id) return false;
  index = lua_absindex(L, index);
  luaL_checkstack(L, 4, nullptr);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kCrossed);
  const bool has = lua_rawgetp(L, LUA_REGISTRYINDEX, &kCrossedTraceback) == LUA_TSTRING;
  lua_pop(L, 1);
  const bool its = has && comes_from(L, index);
  lua_pop(L, 1);
  return its;
}

void Host::push_tracebacks(lua_State* L, int index, const char* message) {
  const bool crossed = has_origin(L, index);
  luaL_traceback(L, L, message, 1);
  if (!crossed) return;
  luaL_checkstack(L, 3, nullptr);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kCrossedTraceback);
  std::size_t length = 0;
  const char* text = lua_tolstring(L, -1, &length);
  std::size_t last = std::string_view{text, length}.rfind(kCameFrom);
  if (length > kLongOrigin && last != std::string_view::npos) {
    last = std::string_view{text, last}.rfind(kAndInThe);
    lua_pushliteral(L, "\n\t...\t(skipping tasks on the way)");
    lua_pushlstring(L, text + last, length - last);
  } else {
    lua_pushfstring(L, "%s%s%s", kAndInThe, crossed_from_, kCameFrom);
    lua_pushvalue(L, -2);
  }
  lua_remove(L, -3);
  lua_concat(L, 3);
}

// Pushes the failed task whose failure cancels the running unit, or nothing.
bool Host::push_cause(lua_State* L) {
  const Unit* cause = scheduler_.cancel_cause();
  if (cause == nullptr) return false;
  luaL_checkstack(L, 6, nullptr);
  lua_rawgeti(L, LUA_REGISTRYINDEX, failed_ref_);
  lua_rawgetp(L, -1, cause);
  lua_remove(L, -2);
  if (!lua_isnil(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

// No code of the script may run here: it might wait, and come back here.
void Host::push_cause_message(lua_State* L) {
  push_name_at(L, lua_gettop(L));
  const char* name = lua_tostring(L, -1);
  lua_getiuservalue(L, -2, kTaskResult);
  if (lua_type(L, -1) == LUA_TTABLE && lua_getmetatable(L, -1)) {
    lua_pop(L, 1);
    lua_pushliteral(L, "message");
    lua_rawget(L, -2);
    if (lua_type(L, -1) == LUA_TSTRING) {
      lua_replace(L, -2);
    } else {
      lua_pop(L, 1);
    }
  }
  const char* text = lua_tostring(L, -1);
  if (text == nullptr)
    text = lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, -1));
  lua_pushfstring(L, "cancelled: task '%s' of its group failed: %s", name, text);
}

bool Host::unmask_cancelled(lua_State* L) {
  if (!errors::is_kind(L, -1, errors::kCancelled) || !push_cause(L)) return false;
  const int task = lua_gettop(L);
  luaL_checkstack(L, 6, nullptr);
  take_error(L, task);
  lua_getiuservalue(L, task, kTaskResult);
  lua_getfield(L, task - 1, "traceback");
  lua_pushfstring(L, "%stask%s", kAndInThe, kCameFrom);
  push_extras(L, task);
  lua_getfield(L, -1, "traceback");
  lua_remove(L, -2);
  if (lua_isstring(L, -1) && lua_isstring(L, -3)) {
    lua_concat(L, 3);
  } else {
    lua_pop(L, 2);
  }  // error task value tracebacks
  lua_replace(L, task);
  lua_replace(L, task - 1);
  return true;
}

void Host::report(lua_State* L, const char* where) noexcept {
  const char* text = lua_tostring(L, -1);
  std::fflush(stdout);
  status::OutputTurn turn(stderr);
  std::fprintf(stderr, "braid: uncaught error in %s: %s\n", where,
               text != nullptr ? text : "(error object is no string)");
  turn.end();
}

void Host::report_untaken(lua_State* L) noexcept {
  lua_pushcfunction(L, report_all_untaken);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) lua_pop(L, 1);
}

int Host::report_all_untaken(lua_State* L) {
  Host& host = of(L);
  luaL_checkstack(L, 12, nullptr);
  while (host.oldest_untaken_ != nullptr) {
    lua_newtable(L);  // Untaken* -> its userdata
    lua_rawgeti(L, LUA_REGISTRYINDEX, host.untaken_ref_);
    for (lua_pushnil(L); lua_next(L, 2);) {
      lua_pop(L, 1);
      lua_pushvalue(L, -1);
      lua_rawsetp(L, 1, lua_touserdata(L, -2));
    }
    // A __tostring may wait, and a task fail meanwhile: that one is in the next table.
    for (Untaken* next = host.oldest_untaken_; next != nullptr; next = host.oldest_untaken_) {
      if (lua_rawgetp(L, 1, next) == LUA_TNIL) break;
      host.disarm(*next);
      report_guarded(L, -1);
      lua_pop(L, 1);
    }
    lua_settop(L, 0);
  }
  return 0;
}

}  // namespace braid::vm
