// What the codec knows about one Lua state: its names, its types. Lives in a userdata of the
// registry and goes with it. Owning thread only.
#pragma once

#include <cstdint>
#include <lua.hpp>
#include <string>
#include <vector>

#include "codec/names.hpp"
#include "codec/types.hpp"

namespace braid::codec {

class State {
 public:
  // Null before attach(). Needs one free slot.                                       [-0, +0, -]
  static State* find(lua_State* L) noexcept;
  // Makes it or finds it. Needs 6 free slots.                                        [-0, +0, m]
  static State& attach(lua_State* L);

  // Tells apart the states of all processes of the program.
  std::uint64_t id;
  const void* globals;  // the address of _G
  Names names;

  // Both throw std::bad_alloc. The metatable must be anchored in the registry.
  void add_type(const void* metatable, std::uint32_t tag);
  void add_metatable(const void* metatable, const char* name);

  struct Type {
    const void* metatable;
    std::uint32_t tag;
  };
  struct Metatable {
    const void* metatable;
    std::string name;
  };
  // Null when there is none.
  [[nodiscard]] const Type* type(const void* metatable) const noexcept;
  [[nodiscard]] const Metatable* metatable(const void* metatable) const noexcept;

 private:
  State() noexcept;
  static int collect(lua_State* L);

  std::vector<Type> types_;
  std::vector<Metatable> metatables_;
};

// Null when there is none of that tag.
[[nodiscard]] const SharedType* shared_type(std::uint32_t tag) noexcept;
// The name that a function of Lua's own libraries has by birth, whatever a script has put there
// since; null when it is none of them. Throws std::bad_alloc.
[[nodiscard]] const Name* standard_name(lua_CFunction function);

}  // namespace braid::codec
