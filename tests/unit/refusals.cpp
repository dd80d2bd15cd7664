#include "tests/unit/refusals.hpp"

#include <cstdlib>
#include <new>

namespace braid::test {

Refusals g_lua;
Refusals g_cpp;

namespace {

lua_Alloc g_allocate = nullptr;  // the same function for every state

void* refusing(void* self, void* block, std::size_t old_size, std::size_t size) {
  const bool grows = size > (block != nullptr ? old_size : 0);
  if (grows && g_lua.refuse()) return nullptr;
  return g_allocate(self, block, old_size, size);
}

}  // namespace

void prepare_refusals(lua_State* L) {
  void* self = nullptr;
  g_allocate = lua_getallocf(L, &self);
  lua_setallocf(L, refusing, self);
}

}  // namespace braid::test

void* operator new(std::size_t size) {
  if (braid::test::g_cpp.refuse()) throw std::bad_alloc();
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return braid::test::g_cpp.refuse() ? nullptr : std::malloc(size);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
