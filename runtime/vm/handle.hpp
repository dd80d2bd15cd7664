// Handles: userdata that refer to shared objects. One holds one reference; the object lives as long
// as there is a handle to it, or a message that it is in.
#pragma once

#include "arena/arena.hpp"
#include "park/holdings.hpp"
#include "vm/call.hpp"

namespace braid::vm {

// Known by a mark that no other userdata begins with: cheaper to ask for than a metatable.
struct Handle {
  static constexpr std::uint64_t kMark = 0xb7a1d0c4'5e9f3200;
  static constexpr std::uint64_t mark_of(runtime::ObjectKind kind) noexcept {
    return kMark + static_cast<std::uint64_t>(kind);
  }
  // Takes over a reference to the object.
  void hold(runtime::Object& of_object) noexcept {
    object = &of_object;
    slot->store(object.granule(), std::memory_order_release);
  }
  // Gives it up. Does nothing to a handle that holds nothing.
  void let_go() noexcept {
    runtime::Object* held = object.get();
    if (held == nullptr) return;
    object = nullptr;
    if (auto* losing = runtime::type_of(*held).losing) losing(*held);
    slot->store(0, std::memory_order_relaxed);
    runtime::drop(*held);
  }

  std::uint64_t mark;
  runtime::Ref<runtime::Object> object;
  runtime::Holdings::Slot* slot;  // says so to others, too
};

// Makes the metatable of the handles of one kind: methods (as __index unless one is given), and
// what all handles have: equality, __gc, a name. Leaves it on the stack.                 [-0, +1,
// m]
void register_handle(lua_State* L, runtime::ObjectKind kind, const luaL_Reg* methods);

// A handle of a registered kind that refers to nothing yet.                         [-0, +1, m]
Handle& new_handle(lua_State* L, Host& host, runtime::ObjectKind kind);

// A state knows the handles that came in a message or were sent in one: who gets such an object
// again gets the same handle, so it is the same key of a table. One that never travels costs
// nothing. Pushes the handle that is known, if there is one.                              [-0,
// +0|1, m]
bool push_known_handle(lua_State* L, runtime::Object& object);
// From now on the handle on top of the stack is known, unless another one is.    [-0, +0, m]
void know_handle(lua_State* L);

// Is there a handle of that kind at `index`? It may refer to nothing any more.
[[nodiscard]] inline bool is_handle(lua_State* L, runtime::ObjectKind kind, int index) noexcept {
  if (lua_rawlen(L, index) != sizeof(Handle)) return false;
  auto* handle = static_cast<Handle*>(lua_touserdata(L, index));
  return handle != nullptr && handle->mark == Handle::mark_of(kind);
}

// The object that the handle at `index` refers to, or null when there is no handle of that kind.
template <typename T>
[[nodiscard]] T* to_shared(const Call& call, runtime::ObjectKind kind, int index) noexcept {
  if (!is_handle(call.L, kind, index)) return nullptr;
  return static_cast<T*>(static_cast<Handle*>(lua_touserdata(call.L, index))->object.get());
}

// The same for a handle of any kind.
[[nodiscard]] inline runtime::Object* to_object(lua_State* L, int index) noexcept {
  if (lua_rawlen(L, index) != sizeof(Handle)) return nullptr;
  auto* handle = static_cast<Handle*>(lua_touserdata(L, index));
  constexpr auto kinds = static_cast<std::uint64_t>(runtime::ObjectKind::count);
  if (handle == nullptr || handle->mark - Handle::kMark >= kinds) return nullptr;
  return handle->object.get();
}

// The same; raises for anything else.                                               [-0, +0, v]
template <typename T>
[[nodiscard]] T& shared(const Call& call, runtime::ObjectKind kind, const char* name,
                        int index = 1) {
  if (T* object = to_shared<T>(call, kind, index)) return *object;
  luaL_typeerror(call.L, index, name);
  __builtin_unreachable();
}

// A new object with a handle to it on top of the stack. Throws std::bad_alloc.       [-0, +1, m]
template <typename T, typename... Args>
T& make_shared(const Call& call, runtime::ObjectKind kind, Args&&... args) {
  Handle& handle = new_handle(call.L, call.host, kind);
  T* object = runtime::arena::create<T>(static_cast<Args&&>(args)...);
  handle.hold(*object);
  return *object;
}

}  // namespace braid::vm
