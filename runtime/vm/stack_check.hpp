// Says at the end of a stretch of Lua API calls how many values it should have left. Only in debug
// builds, and without a destructor, so that a longjmp over it does no harm.
#pragma once

#include <cassert>
#include <lua.hpp>

namespace braid::vm {

class StackCheck {
 public:
#ifdef NDEBUG
  explicit StackCheck(lua_State*) noexcept {}
  void grew_by(int) const noexcept {}
#else
  explicit StackCheck(lua_State* L) noexcept : state_(L), top_(lua_gettop(L)) {}
  void grew_by(int count) const noexcept { assert(lua_gettop(state_) == top_ + count); }

 private:
  lua_State* state_;
  int top_;
#endif
};

}  // namespace braid::vm
