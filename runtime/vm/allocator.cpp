#include "vm/allocator.hpp"

#include <cstdlib>
#include <lua.hpp>

namespace braid::vm {

void Allocator::install(lua_State* L) noexcept {
  used_ = static_cast<std::size_t>(lua_gc(L, LUA_GCCOUNT)) * 1024 +
          static_cast<std::size_t>(lua_gc(L, LUA_GCCOUNTB));
  lua_setallocf(L, allocate, this);
}

void* Allocator::allocate(void* self, void* block, std::size_t old_size, std::size_t size) {
  auto& allocator = *static_cast<Allocator*>(self);
  if (block == nullptr) old_size = 0;  // then it is a type tag
  if (size == 0) {
    allocator.used_ -= old_size;
    std::free(block);
    return nullptr;
  }
  if (size > old_size) {
    // Lua relies on shrinking never to fail, so only growth is counted and refused.
    ++allocator.allocations_;
    if (allocator.allocations_ == allocator.fail_at_) return nullptr;
    if (allocator.limit_ != 0 && allocator.used_ - old_size + size > allocator.limit_) {
      return nullptr;
    }
  }
  void* moved = std::realloc(block, size);
  if (moved != nullptr) allocator.used_ += size - old_size;
  return moved;
}

}  // namespace braid::vm
