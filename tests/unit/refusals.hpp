// Memory that is refused when a test says so: to Lua states that the test has prepared, and to
// every operator new of the program.
#pragma once

#include <cstdint>
#include <lua.hpp>

namespace braid::test {

// Which of the allocations from now on are refused: `count` of them, from the `first` on.
// Lua answers a refusal with a full collection and asks again: one alone is not seen by a script.
struct Refusals {
  std::uint64_t first = 0;  // 0 = none
  std::uint64_t count = 0;
  std::uint64_t asked = 0;

  bool refuse() noexcept {
    if (first == 0) return false;
    ++asked;
    return asked >= first && asked - first < count;
  }
  [[nodiscard]] bool reached() const noexcept { return asked >= first; }
};

extern Refusals g_lua;  // what prepared states ask their allocator for
extern Refusals g_cpp;  // what operator new is asked for

// From now on the state's allocator asks g_lua first.
void prepare_refusals(lua_State* L);

}  // namespace braid::test
