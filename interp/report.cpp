// See report.hpp. Everything is flushed at once: a task may end the program at any time.
#include "interp/report.hpp"

#include <cstdio>
#include <cstring>

#include <readline/readline.h>

#include "interp/interrupt.hpp"
#include "vm/errors.hpp"
#include "vm/host.hpp"
#include "vm/status_lines.hpp"

#ifndef BRAID_VERSION
#define BRAID_VERSION "(unversioned)"
#endif

namespace braid::interp {
namespace {

constexpr const char* kOptionsOfLua =
    "usage: %s [options] [script [args]]\n"
    "Available options are:\n"
    "  -e stat   execute string 'stat'\n"
    "  -i        enter interactive mode after executing 'script'\n"
    "  -l mod    require library 'mod' into global 'mod'\n"
    "  -l g=mod  require library 'mod' into global 'g'\n"
    "  -v        show version information\n"
    "  -E        ignore environment variables\n"
    "  -W        turn warnings on\n"
    "  --        stop handling options\n"
    "  -         stop handling options and execute stdin\n";

constexpr const char* kOwnOptions =
    "Options of Braid's own:\n"
    "  --version  show the versions of Braid and of Lua, and how it was built\n"
    "  --help     show this text\n";

#ifdef NDEBUG
constexpr const char* kBuildKind = "release";
#else
constexpr const char* kBuildKind = "with assertions";
#endif

const char* name_in_messages = "braid";

}  // namespace

void set_program_name(const char* name) noexcept { name_in_messages = name; }

const char* program_name() noexcept { return name_in_messages; }

void print_message(const char* message) {
  vm::status::OutputTurn turn(stderr);
  if (name_in_messages != nullptr) {
    std::fprintf(stderr, "%s: ", name_in_messages);
    std::fflush(stderr);
  }
  std::fprintf(stderr, "%s\n", message);
  std::fflush(stderr);
  turn.end();
}

// The text is exactly that of `lua`; only --help tells of more.
void print_usage_error(const char* bad_option) {
  const bool lacks_value = bad_option[1] == 'e' || bad_option[1] == 'l';
  std::fprintf(stderr, lacks_value ? "%s: '%s' needs argument\n" : "%s: unrecognized option '%s'\n",
               name_in_messages, bad_option);
  std::fprintf(stderr, kOptionsOfLua, name_in_messages);
  std::fflush(stderr);
}

void print_help() {
  std::printf(kOptionsOfLua, name_in_messages);
  std::fputs(kOwnOptions, stdout);
  std::fflush(stdout);
}

void print_copyright() {
  std::puts(LUA_COPYRIGHT);
  std::fflush(stdout);
}

void print_banner() {
  std::printf("%s\nBraid %s (Ctrl-D leaves)\n", LUA_COPYRIGHT, BRAID_VERSION);
  std::fflush(stdout);
}

void print_version() {
  std::printf("Braid %s\n%s\nBuilt %s, by compiler %s, with readline %s\n", BRAID_VERSION,
              LUA_COPYRIGHT, kBuildKind, __VERSION__, rl_library_version);
  std::fflush(stdout);
}

int report(lua_State* L, int status) {
  if (status == LUA_OK) return status;
  const int top = lua_gettop(L);
  // message_handler lets a cancellation through as it is.
  if (vm::errors::is_kind(L, -1, vm::errors::kCancelled)) vm::errors::push_text(L, -1);
  const char* message = lua_tostring(L, -1);
  print_message(message != nullptr ? message : "(null)");  // what `lua` prints for a non-string
  lua_settop(L, top - 1);
  return status;
}

int message_handler(lua_State* L) {
  vm::Host& host = vm::Host::of(L);
  // A cancellation on its way to the block that it belongs to: that one must still know it.
  if (host.scheduler().current().cancelled && vm::errors::is_kind(L, 1, vm::errors::kCancelled)) {
    return 1;
  }
  const char* message = lua_tostring(L, 1);
  if (message == nullptr) {
    if (luaL_callmeta(L, 1, "__tostring") != 0 && lua_type(L, -1) == LUA_TSTRING) {
      // Like `lua`, the text alone; but where it came from, if that is another task.
      if (!host.has_origin(L, 1)) return 1;
      message = lua_tostring(L, -1);
    } else {
      message = lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
    }
  } else {
    note_error(message);
  }
  host.push_tracebacks(L, 1, message);
  return 1;
}

}  // namespace braid::interp
