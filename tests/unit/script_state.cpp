#include "tests/unit/script_state.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <new>
#include <stdexcept>

#include "stdlib/open.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace braid::test {
namespace {

int require_braid(lua_State* L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "braid");
  lua_call(L, 1, 1);
  lua_setglobal(L, "braid");
  return 0;
}

int to_text(lua_State* L) {
  luaL_tolstring(L, 1, nullptr);
  return 1;
}

}  // namespace

int open_libraries(lua_State* L) {
  luaL_openlibs(L);
  stdlib::open(L);
  return 0;
}

CapturedStderr::CapturedStderr() : real_(dup(2)), file_(memfd_create("stderr", MFD_CLOEXEC)) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static const int reports = dup(2);
  __sanitizer_set_report_fd(reinterpret_cast<void*>(static_cast<std::intptr_t>(reports)));
#endif
  std::fflush(stderr);
  dup2(file_, 2);
}

CapturedStderr::~CapturedStderr() {
  std::fflush(stderr);
  dup2(real_, 2);
  ::close(real_);
  ::close(file_);
}

std::string CapturedStderr::text() const {
  std::fflush(stderr);
  std::string text(static_cast<std::size_t>(lseek(file_, 0, SEEK_END)), '\0');
  const ssize_t got = pread(file_, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

ScriptState::ScriptState(bool required) : L(luaL_newstate()) {
  if (L == nullptr) throw std::bad_alloc();
  allocator.install(L);
  Ran opened = call(open_libraries);
  if (opened.ok() && required) opened = call(require_braid);
  if (opened.ok()) return;
  close();
  throw std::runtime_error(opened.error);
}

Ran ScriptState::run(const std::string& source) {
  int status = luaL_loadbuffer(L, source.data(), source.size(), "=script");
  if (status == LUA_OK) status = lua_pcall(L, 0, 0, 0);
  return finish(status);
}

Ran ScriptState::call(lua_CFunction function) {
  lua_pushcfunction(L, function);
  return finish(lua_pcall(L, 0, 0, 0));
}

// The error as text. By then the memory is back, should a test have taken it away.
Ran ScriptState::finish(int status) {
  Ran ran{status, {}};
  if (status == LUA_OK) return ran;
  allocator.fail_nth(0);
  lua_pushcfunction(L, to_text);
  lua_insert(L, -2);
  lua_pcall(L, 1, 1, 0);
  const char* text = lua_tostring(L, -1);
  ran.error = text != nullptr ? text : "(no text)";
  lua_settop(L, 0);
  return ran;
}

vm::Host::Drained ScriptState::drain() { return host().drain(L); }

void ScriptState::close() {
  if (L != nullptr) lua_close(L);
  L = nullptr;
}

}  // namespace braid::test
