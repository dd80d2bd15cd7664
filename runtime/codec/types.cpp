#include "codec/types.hpp"

#include <array>
#include <atomic>
#include <cassert>
#include <new>

#include "codec/references.hpp"
#include "codec/state.hpp"

namespace braid::codec {
namespace {

// Messages are dropped by code that has no Lua state, so what a tag means is known to the process.
constinit std::array<std::atomic<const SharedType*>, kMaxSharedTypes> g_types{};

// Whether `add`, which may throw, went well.
template <typename Add>
bool added(const Add& add) noexcept {
  try {
    add();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace

const SharedType* shared_type(std::uint32_t tag) noexcept {
  return tag < kMaxSharedTypes ? g_types[tag].load(std::memory_order_acquire) : nullptr;
}

void define_type(std::uint32_t tag, const SharedType& type) noexcept {
  assert(tag < kMaxSharedTypes);
  g_types[tag].store(&type, std::memory_order_release);
}

void register_type(lua_State* L, std::uint32_t tag) {
  luaL_checkstack(L, 8, nullptr);
  State& state = State::attach(L);
  const void* metatable = lua_topointer(L, -1);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, metatable);  // so that its address stays its own
  if (!added([&] { state.add_type(metatable, tag); })) luaL_error(L, "not enough memory");
}

void name_metatable(lua_State* L, int index, const char* name) {
  luaL_checkstack(L, 8, nullptr);
  State& state = State::attach(L);
  const void* metatable = lua_topointer(L, index);
  if (!added([&] { state.add_metatable(metatable, name); })) luaL_error(L, "not enough memory");
}

void modules_changed(lua_State* L) noexcept {
  if (State* state = State::find(L)) state->names.forget();
}

void release(const std::byte* message, std::size_t size) noexcept {
  References references;
  if (!find_references(message, size, references)) return;
  for (std::uint32_t i = 0; i < references.count; ++i) {
    const Reference reference = references[i];
    if (const SharedType* type = shared_type(reference.type)) type->release(reference.id);
  }
}

}  // namespace braid::codec
