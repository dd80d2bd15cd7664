// Handles in messages: what travels is a reference to the shared object, and on arrival there is a
// handle to it. Invariant: the codec's tag of a handle is the object's kind, and the id in the
// message is the object's place in the arena, for every kind.
#pragma once

#include "codec/types.hpp"
#include "vm/handle.hpp"

namespace braid::stdlib {

// The three functions of every kind's SharedType.
std::uint64_t retain_handle(void* userdata);
void push_handle(lua_State* L, std::uint64_t id);
void release_handle(std::uint64_t id) noexcept;

[[nodiscard]] inline runtime::Object& object_of(std::uint64_t id) noexcept {
  return *runtime::Ref<runtime::Object>::from_granule(static_cast<std::uint32_t>(id));
}

// vm::register_handle for handles that travel.                                     [-0, +1, m]
template <runtime::ObjectKind kind>
void register_shared(lua_State* L, const luaL_Reg* methods) {
  static const codec::SharedType type{runtime::type_of(kind).name, retain_handle, push_handle,
                                      release_handle};
  static_assert(static_cast<std::uint32_t>(kind) < codec::kMaxSharedTypes);
  vm::register_handle(L, kind, methods);
  codec::register_type(L, static_cast<std::uint32_t>(kind), type);
}

}  // namespace braid::stdlib
