// How userdata of one kind, handles to a shared object, travel: not as a copy but as a reference
// that the message holds.
#pragma once

#include <cstddef>
#include <cstdint>

struct lua_State;

namespace braid::codec {

// What a message holds on to outside itself: one shared object.
struct Reference {
  std::uint32_t type;
  std::uint64_t id;
};

// Must live as long as the process.
struct SharedType {
  const char* name;  // "Queue": for refusals
  // While a message is encoded: takes one reference for it to what the handle on top of the stack
  // refers to. 0 = it cannot travel (it is closed).                                 [-0, +0, m]
  std::uint64_t (*retain)(lua_State* L);
  // On arrival: pushes a handle with a reference of its own; the message keeps its.  [-0, +1, e]
  void (*push)(lua_State* L, std::uint64_t id);
  // The message is dropped. Any thread.
  void (*release)(std::uint64_t id) noexcept;
};

inline constexpr std::uint32_t kMaxSharedTypes = 64;

// The tag is below kMaxSharedTypes and means the same in every process of the program. For messages
// in this one, whether or not it has a Lua state.
void define_type(std::uint32_t tag, const SharedType& type) noexcept;
// Userdata with the metatable on top of the stack travel as that type.              [-0, +0, m]
void register_type(lua_State* L, std::uint32_t tag);

// The metatable at `index`, which the registry has as `name`, travels by that name: it must be
// there in the receiver's state.                                                           [-0, +0,
// m]
void name_metatable(lua_State* L, int index, const char* name);

// To be called when package.loaded has changed. Without it, too, a module that has come is found,
// but for one of plain data that is sent from a table or by itself.                       [-0, +0,
// -]
void modules_changed(lua_State* L) noexcept;

// Drops a message: releases every reference in it. Needs no Lua, and damaged bytes do no harm.
void release(const std::byte* message, std::size_t size) noexcept;

}  // namespace braid::codec
