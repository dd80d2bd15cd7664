// A Lua allocator that counts what is in use, can refuse to go over a limit, and in tests can
// refuse one chosen allocation.
#pragma once

#include <cstddef>
#include <cstdint>

struct lua_State;

namespace braid::vm {

// Must outlive the state it is installed in. Owning thread only.
class Allocator {
 public:
  // Takes over from the standard allocator of a state made by luaL_newstate.
  void install(lua_State* L) noexcept;

  [[nodiscard]] std::size_t used() const noexcept { return used_; }
  [[nodiscard]] std::uint64_t allocations() const noexcept { return allocations_; }
  // Growing beyond `bytes` fails from now on. 0 = no limit.
  void limit(std::size_t bytes) noexcept { limit_ = bytes; }
  // The n-th allocation from now on fails, once. 0 = none.
  void fail_nth(std::uint64_t n) noexcept { fail_at_ = n == 0 ? 0 : allocations_ + n; }

 private:
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t size);

  std::size_t used_ = 0;
  std::size_t limit_ = 0;
  std::uint64_t allocations_ = 0;
  std::uint64_t fail_at_ = 0;
};

}  // namespace braid::vm
