// The memory that all threads and processes of one program share: one memfd, mapped in a large
// reserved range, so that it grows without moving. Every shareable object lives here from birth.
//
// Layout: pages of 64 KiB. The first ones hold the header and the table of pages; each other page
// belongs to nobody, to a run of pages that is one large block, or to one size class, cut into
// equal blocks. A thread takes and gives back small blocks through a cache of its own.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arena/ref.hpp"

namespace braid::runtime::arena {

// A block of at least `bytes`, aligned to 64. Throws std::bad_alloc.
[[nodiscard]] void* allocate(std::size_t bytes);
// Gives back what allocate() returned, from any thread.
void release(void* block) noexcept;
// How many bytes the block has room for.
[[nodiscard]] std::size_t capacity(const void* block) noexcept;

// An object of the arena.
template <typename T, typename... Args>
[[nodiscard]] T* create(Args&&... args) {
  return new (allocate(sizeof(T))) T(static_cast<Args&&>(args)...);
}
template <typename T>
void destroy(T* object) noexcept {
  object->~T();
  release(object);
}

// The calling thread will use the arena no more: its cache goes back to the others.
void leave_thread() noexcept;

struct Usage {
  std::size_t blocks = 0;  // handed out and not given back
  std::size_t bytes = 0;   // in pages that hold such blocks
};
// What is in use; exact while no other thread takes or gives any. The calling thread's cache is
// emptied for it.
[[nodiscard]] Usage usage() noexcept;

// The file, for a process that is to share it: it maps the same arena with attach(), which comes
// before anything else there and throws std::bad_alloc.
[[nodiscard]] int file();
void attach(int file);

// The fixed place in the header that the layer above keeps its record in: zero at first.
inline constexpr std::size_t kRootBytes = 4096;
[[nodiscard]] void* root();

}  // namespace braid::runtime::arena
