// What stands where in the arena; for its own files only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "arena/arena.hpp"
#include "arena/journal.hpp"
#include "arena/mutex.hpp"

namespace braid::runtime::arena {

inline constexpr std::size_t kPageBytes = std::size_t{64} << 10;
inline constexpr std::size_t kLargestSmall = kPageBytes / 2;
inline constexpr std::array<std::uint16_t, 18> kClassBytes{64,   128,  192,   256,   384,   512,
                                                           768,  1024, 1536,  2048,  3072,  4096,
                                                           6144, 8192, 12288, 16384, 21824, 32768};
inline constexpr std::size_t kClasses = kClassBytes.size();

using PageIndex = std::uint32_t;
inline constexpr PageIndex kNoPage = 0;  // page 0 is the header's

enum class PageUse : std::uint8_t { free, small, large, inside };

// free <-> small, free <-> large (the pages after a run's first are `inside`).
struct Page {
  PageUse use;
  std::uint8_t size_class;
  bool resident;              // free, and its memory was not given back
  std::uint16_t free_blocks;  // small: in the list
  std::uint32_t first_free;   // small: offset in the page + 1 of the list's first block; 0 = none
  std::uint32_t run;          // large: how many pages
  PageIndex next, prev;       // small: among the pages of the class that have free blocks
};

// A block that nobody has.
struct FreeBlock {
  Ref<FreeBlock> next;
};

// Blocks of one class that a thread has at hand. Owning thread only.
struct Shelf {
  Ref<FreeBlock> first;
  std::atomic<std::uint32_t> count{0};  // others look at it, too

  void counts(std::uint32_t now) noexcept { count.store(now, std::memory_order_relaxed); }
  [[nodiscard]] std::uint32_t size() const noexcept {
    return count.load(std::memory_order_relaxed);
  }
};

// All that a thread has in the arena for itself. Never given back, but used again.
struct Local : Journal {
  std::array<Shelf, kClasses> shelves{};
  Ref<FreeBlock> moving;                 // on its way between a shelf and its page
  Ref<Local> next;                       // of all
  std::atomic<std::int32_t> process{0};  // 0 = nobody's
};

struct Header {
  Mutex mutex;
  std::size_t pages;          // that the range has
  PageIndex first;            // the first page behind the table
  PageIndex top;              // pages from here on were never used
  PageIndex lowest_free;      // no free page lies below it
  std::size_t resident_free;  // free pages whose memory was not given back
  std::size_t used_pages;
  std::size_t used_blocks;  // in pages of size classes: those not in a page's list; and large ones
  std::array<PageIndex, kClasses> partial;
  Ref<Local> locals;
  std::size_t local_count;
  alignas(64) std::byte root[kRootBytes];
};

[[nodiscard]] inline Header& header() noexcept { return *reinterpret_cast<Header*>(g_base); }
[[nodiscard]] inline Page* page_table() noexcept {
  constexpr std::size_t offset = (sizeof(Header) + 63) / 64 * 64;
  return reinterpret_cast<Page*>(g_base + offset);
}
[[nodiscard]] inline std::byte* page_start(PageIndex index) noexcept {
  return g_base + index * kPageBytes;
}
[[nodiscard]] inline PageIndex page_of(const void* block) noexcept {
  return static_cast<PageIndex>((static_cast<const std::byte*>(block) - g_base) / kPageBytes);
}

[[nodiscard]] inline std::uint32_t blocks_of(std::size_t size_class) noexcept {
  return static_cast<std::uint32_t>(kPageBytes / kClassBytes[size_class]);
}

// Maps the arena if that has not been done. Throws std::bad_alloc.
void open();

// Pages. The header's mutex is held.
[[nodiscard]] PageIndex take_pages(std::size_t count);  // throws std::bad_alloc
void give_pages(PageIndex first, std::size_t count) noexcept;
// Into, and out of, the list of pages of its class that have free blocks.
void link(PageIndex index) noexcept;
void unlink(PageIndex index) noexcept;
void give_block(FreeBlock* block) noexcept;
// Whoever had the mutex was killed: the lists and counts are made anew from what the pages say.
void mend_pages() noexcept;

// Gives back what a thread has at hand, the calling one's or one that is gone.
void empty_shelves(Local& local) noexcept;
// Puts a block on its shelf; and gives back what is too much there.
void push(Local& local, FreeBlock* block) noexcept;
void trim(Local& local, const FreeBlock* block) noexcept;
// Gives back a block, whether or not the calling thread is in a section.
void release_now(void* block) noexcept;

}  // namespace braid::runtime::arena
