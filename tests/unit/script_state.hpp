// A Lua state with everything of Braid in it, for tests that run scripts; and its stderr, captured.
// Invariant: what the state allocated is counted, so a test can see that closing gives it all back.
#pragma once

#include <lua.hpp>
#include <string>

#include "vm/allocator.hpp"
#include "vm/host.hpp"

namespace braid::test {

// While it lives, what is written to stderr goes into text(). Sanitizers keep the real one.
class CapturedStderr {
 public:
  CapturedStderr();
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;
  ~CapturedStderr();

  [[nodiscard]] std::string text() const;

 private:
  int real_;
  int file_;
};

// How one chunk went.
struct Ran {
  int status = LUA_OK;
  std::string error;  // as tostring has it
  [[nodiscard]] bool ok() const noexcept { return status == LUA_OK; }
};

// A lua_CFunction: opens the standard libraries and Braid's.
int open_libraries(lua_State* L);

class ScriptState {
 public:
  // The libraries and braid's are open; `require "braid"` has run when `required`.
  explicit ScriptState(bool required = true);
  ScriptState(const ScriptState&) = delete;
  ScriptState& operator=(const ScriptState&) = delete;
  ~ScriptState() { close(); }

  // Runs the chunk to its end, in protected mode. Other tasks may be left.
  Ran run(const std::string& source);
  // Calls a C function in protected mode.
  Ran call(lua_CFunction function);
  vm::Host::Drained drain();
  void close();

  [[nodiscard]] vm::Host& host() { return vm::Host::of(L); }

  lua_State* L;
  vm::Allocator allocator;

 private:
  Ran finish(int status);
};

}  // namespace braid::test
