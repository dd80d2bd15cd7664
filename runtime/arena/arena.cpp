// Blocks: size classes, and a cache of each thread.
#include "arena/arena.hpp"

#include <algorithm>
#include <new>

#include "arena/layout.hpp"

namespace braid::runtime::arena {
namespace {

struct Block {
  Ref<Block> next;
};

// Blocks of one class that a thread has at hand. Owning thread only.
struct Shelf {
  Ref<Block> first;
  std::uint32_t count;
};
struct Cache {
  std::array<Shelf, kClasses> shelves;
};

thread_local constinit Cache* t_cache = nullptr;

constexpr auto kClassOf = [] {
  std::array<std::uint8_t, kLargestSmall / 64 + 1> table{};
  std::uint8_t size_class = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (i * 64 > kClassBytes[size_class]) ++size_class;
    table[i] = size_class;
  }
  return table;
}();

std::size_t class_of(std::size_t bytes) noexcept { return kClassOf[(bytes + 63) / 64]; }

// How many blocks go between a cache and the pages at once: some kilobytes' worth.
std::uint32_t batch(std::size_t size_class) noexcept {
  return std::clamp<std::uint32_t>(8192U / kClassBytes[size_class], 1, 32);
}

void link(PageIndex index) noexcept {
  Page& page = page_table()[index];
  PageIndex& head = header().partial[page.size_class];
  page.prev = kNoPage;
  page.next = head;
  if (head != kNoPage) page_table()[head].prev = index;
  head = index;
}

void unlink(PageIndex index) noexcept {
  Page& page = page_table()[index];
  if (page.next != kNoPage) page_table()[page.next].prev = page.prev;
  (page.prev != kNoPage ? page_table()[page.prev].next : header().partial[page.size_class]) =
      page.next;
}

std::uint32_t blocks_of(std::size_t size_class) noexcept {
  return static_cast<std::uint32_t>(kPageBytes / kClassBytes[size_class]);
}

// Cuts a fresh page into blocks. Throws std::bad_alloc.
PageIndex cut_page(std::size_t size_class) {
  const PageIndex index = take_pages(1);
  Page& page = page_table()[index];
  page.size_class = static_cast<std::uint8_t>(size_class);
  const std::uint32_t bytes = kClassBytes[size_class];
  const std::uint32_t count = blocks_of(size_class);
  std::byte* start = page_start(index);
  Ref<Block> next;
  for (std::uint32_t i = count; i-- > 0;) {
    auto* block = new (start + i * bytes) Block;
    block->next = next;
    next = block;
  }
  page.first_free = 1;
  page.free_blocks = static_cast<std::uint16_t>(count);
  page.use = PageUse::small;
  link(index);
  return index;
}

Ref<Block> take_block(std::size_t size_class) {
  PageIndex index = header().partial[size_class];
  if (index == kNoPage) index = cut_page(size_class);
  Page& page = page_table()[index];
  auto* block = reinterpret_cast<Block*>(page_start(index) + page.first_free - 1);
  page.first_free = block->next
                        ? static_cast<std::uint32_t>(
                              reinterpret_cast<std::byte*>(block->next.get()) - page_start(index)) +
                              1
                        : 0;
  if (--page.free_blocks == 0) unlink(index);
  ++header().used_blocks;
  return block;
}

void give_block(Block* block) noexcept {
  const PageIndex index = page_of(block);
  Page& page = page_table()[index];
  block->next = page.first_free == 0
                    ? Ref<Block>()
                    : Ref<Block>(reinterpret_cast<Block*>(page_start(index) + page.first_free - 1));
  page.first_free =
      static_cast<std::uint32_t>(reinterpret_cast<std::byte*>(block) - page_start(index)) + 1;
  if (++page.free_blocks == 1) link(index);
  --header().used_blocks;
  if (page.free_blocks == blocks_of(page.size_class)) {
    unlink(index);
    give_pages(index, 1);
  }
}

void* refill(std::size_t size_class) {
  open();
  MutexLock lock(header().mutex);
  if (t_cache == nullptr) t_cache = new (take_block(class_of(sizeof(Cache))).get()) Cache{};
  Shelf& shelf = t_cache->shelves[size_class];
  const Ref<Block> result = take_block(size_class);
  try {
    for (std::uint32_t i = 1; i < batch(size_class); ++i) {
      const Ref<Block> block = take_block(size_class);
      block->next = shelf.first;
      shelf.first = block;
      ++shelf.count;
    }
  } catch (const std::bad_alloc&) {
    // One is enough.
  }
  return result.get();
}

void spill(Shelf& shelf, std::uint32_t kept) noexcept {
  MutexLock lock(header().mutex);
  while (shelf.count > kept) {
    Block* block = shelf.first.get();
    shelf.first = block->next;
    --shelf.count;
    give_block(block);
  }
}

}  // namespace

void* allocate(std::size_t bytes) {
  if (bytes <= kLargestSmall) {
    const std::size_t size_class = class_of(bytes);
    if (Cache* cache = t_cache; cache != nullptr) [[likely]] {
      Shelf& shelf = cache->shelves[size_class];
      if (Block* block = shelf.first.get()) {
        shelf.first = block->next;
        --shelf.count;
        return block;
      }
    }
    return refill(size_class);
  }
  if (bytes > kPageBytes * std::size_t{UINT32_MAX}) throw std::bad_alloc();
  open();
  const std::size_t pages = (bytes + kPageBytes - 1) / kPageBytes;
  MutexLock lock(header().mutex);
  const PageIndex first = take_pages(pages);
  page_table()[first].use = PageUse::large;
  page_table()[first].run = static_cast<std::uint32_t>(pages);
  ++header().used_blocks;
  return page_start(first);
}

void release(void* pointer) noexcept {
  const PageIndex index = page_of(pointer);
  const Page& page = page_table()[index];
  if (page.use == PageUse::large) {
    MutexLock lock(header().mutex);
    --header().used_blocks;
    return give_pages(index, page.run);
  }
  auto* block = static_cast<Block*>(pointer);
  Cache* cache = t_cache;
  if (cache == nullptr) {
    MutexLock lock(header().mutex);
    return give_block(block);
  }
  Shelf& shelf = cache->shelves[page.size_class];
  block->next = shelf.first;
  shelf.first = block;
  const std::uint32_t most = 4 * batch(page.size_class);
  if (++shelf.count > most) spill(shelf, most / 2);
}

std::size_t capacity(const void* block) noexcept {
  const Page& page = page_table()[page_of(block)];
  return page.use == PageUse::large ? page.run * kPageBytes : kClassBytes[page.size_class];
}

void leave_thread() noexcept {
  Cache* cache = t_cache;
  if (cache == nullptr) return;
  for (Shelf& shelf : cache->shelves) spill(shelf, 0);
  t_cache = nullptr;
  release(cache);
}

Usage usage() noexcept {
  if (g_base == nullptr) return {};
  leave_thread();
  MutexLock lock(header().mutex);
  return {header().used_blocks, header().used_pages * kPageBytes};
}

void* root() {
  open();
  return header().root;
}

}  // namespace braid::runtime::arena
