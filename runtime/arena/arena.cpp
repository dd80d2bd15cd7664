// Blocks: size classes, and a cache of each thread.
#include "arena/arena.hpp"

#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <new>

#include "arena/layout.hpp"

namespace braid::runtime::arena {
namespace {

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

// Cuts a fresh page into blocks. Throws std::bad_alloc.
PageIndex cut_page(std::size_t size_class) {
  const PageIndex index = take_pages(1);
  Page& page = page_table()[index];
  page.size_class = static_cast<std::uint8_t>(size_class);
  const std::uint32_t bytes = kClassBytes[size_class];
  const std::uint32_t count = blocks_of(size_class);
  std::byte* start = page_start(index);
  Ref<FreeBlock> next;
  for (std::uint32_t i = count; i-- > 0;) {
    auto* block = new (start + i * bytes) FreeBlock;
    block->next = next;
    next = block;
  }
  page.first_free = 1;
  page.free_blocks = static_cast<std::uint16_t>(count);
  keep_order();
  page.use = PageUse::small;
  link(index);
  return index;
}

// A page of the class that has a free block. Throws std::bad_alloc.
PageIndex page_with_blocks(std::size_t size_class) {
  const PageIndex index = header().partial[size_class];
  return index != kNoPage ? index : cut_page(size_class);
}

FreeBlock* first_block(PageIndex index) noexcept {
  return reinterpret_cast<FreeBlock*>(page_start(index) + page_table()[index].first_free - 1);
}

FreeBlock* take_block(PageIndex index) noexcept {
  Page& page = page_table()[index];
  FreeBlock* block = first_block(index);
  page.first_free = block->next
                        ? static_cast<std::uint32_t>(
                              reinterpret_cast<std::byte*>(block->next.get()) - page_start(index)) +
                              1
                        : 0;
  if (--page.free_blocks == 0) unlink(index);
  ++header().used_blocks;
  return block;
}

// Guards the pages; not a section: mend_pages() knows what to do.
class PagesLock {
 public:
  PagesLock() noexcept { header().mutex.lock(); }
  ~PagesLock() { header().mutex.unlock(); }
  PagesLock(const PagesLock&) = delete;
  PagesLock& operator=(const PagesLock&) = delete;
};

// One that nobody has any more, or a new one. Throws std::bad_alloc.
Local& take_local() {
  Header& head = header();
  for (Local* local = head.locals.get(); local != nullptr; local = local->next.get()) {
    if (local->process == 0) return *local;
  }
  auto* local = new (take_block(page_with_blocks(class_of(sizeof(Local))))) Local{};
  local->next = head.locals;
  keep_order();
  head.locals = local;
  ++head.local_count;
  return *local;
}

Local& open_local() {
  open();
  PagesLock lock;
  Local& local = take_local();
  local.process = getpid();
  t_journal = &local;
  return local;
}

Local* local() noexcept { return static_cast<Local*>(t_journal); }

void push(Shelf& shelf, FreeBlock* block) noexcept {
  block->next = shelf.first;
  keep_order();
  shelf.first = block;
  shelf.counts(shelf.size() + 1);
}

// Some blocks at once. Throws std::bad_alloc when there is not even one.
void refill(Local& local, std::size_t size_class) {
  PagesLock lock;
  Shelf& shelf = local.shelves[size_class];
  try {
    for (std::uint32_t i = 0; i < batch(size_class); ++i) {
      const PageIndex index = page_with_blocks(size_class);
      local.moving = first_block(index);
      keep_order();
      push(shelf, take_block(index));
      keep_order();
      local.moving = nullptr;
    }
  } catch (const std::bad_alloc&) {
    if (shelf.size() == 0) throw;
  }
}

void spill(Local& local, Shelf& shelf, std::uint32_t kept) noexcept {
  PagesLock lock;
  while (FreeBlock* block = shelf.first.get()) {
    if (shelf.size() <= kept) break;
    local.moving = block;
    keep_order();
    shelf.first = block->next;
    shelf.counts(shelf.size() - 1);
    keep_order();
    give_block(block);
    keep_order();
    local.moving = nullptr;
  }
}

// Notes that the block goes back if the section is undone. Should there be too many, it is lost
// then.
void note_taken(Local& local, FreeBlock* block) noexcept {
  if (local.taken_count == Journal::kMostBlocks) return;
  local.taken[local.taken_count] = {local.mutex, Ref<FreeBlock>(block).granule()};
  keep_order();
  ++local.taken_count;
  keep_order();
}

// Notes that the block is given back when the section has ended.
void note_given(Local& local, FreeBlock* block) noexcept {
  assert(local.given_count < Journal::kMostBlocks);
  if (local.given_count == Journal::kMostBlocks) return;
  local.given[local.given_count] = {local.mutex, Ref<FreeBlock>(block).granule()};
  keep_order();
  ++local.given_count;
  keep_order();
}

}  // namespace

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

void give_block(FreeBlock* block) noexcept {
  const PageIndex index = page_of(block);
  Page& page = page_table()[index];
  block->next =
      page.first_free == 0
          ? Ref<FreeBlock>()
          : Ref<FreeBlock>(reinterpret_cast<FreeBlock*>(page_start(index) + page.first_free - 1));
  page.first_free =
      static_cast<std::uint32_t>(reinterpret_cast<std::byte*>(block) - page_start(index)) + 1;
  if (++page.free_blocks == 1) link(index);
  --header().used_blocks;
  if (page.free_blocks == blocks_of(page.size_class)) {
    unlink(index);
    give_pages(index, 1);
  }
}

void empty_shelves(Local& local) noexcept {
  for (Shelf& shelf : local.shelves) {
    if (shelf.first) shelf.counts(UINT32_MAX);  // that of a killed thread may be wrong
    spill(local, shelf, 0);
    shelf.counts(0);
  }
}

void* allocate(std::size_t bytes) {
  Local* mine = local();
  if (mine == nullptr) [[unlikely]]
    mine = &open_local();
  FreeBlock* block = nullptr;
  if (bytes <= kLargestSmall) {
    const std::size_t size_class = class_of(bytes);
    Shelf& shelf = mine->shelves[size_class];
    if (!shelf.first) [[unlikely]]
      refill(*mine, size_class);
    block = shelf.first.get();
    if (mine->sections != 0) note_taken(*mine, block);
    shelf.first = block->next;
    shelf.counts(shelf.size() - 1);
    return block;
  }
  if (bytes > kPageBytes * std::size_t{UINT32_MAX}) throw std::bad_alloc();
  const std::size_t pages = (bytes + kPageBytes - 1) / kPageBytes;
  PagesLock lock;
  const PageIndex first = take_pages(pages);
  block = reinterpret_cast<FreeBlock*>(page_start(first));
  if (mine->sections != 0) note_taken(*mine, block);
  page_table()[first].run = static_cast<std::uint32_t>(pages);
  keep_order();
  page_table()[first].use = PageUse::large;
  ++header().used_blocks;
  return block;
}

void release(void* block) noexcept {
  if (Local* mine = local(); mine != nullptr && mine->sections != 0) {
    return note_given(*mine, static_cast<FreeBlock*>(block));
  }
  release_now(block);
}

void release_now(void* pointer) noexcept {
  const PageIndex index = page_of(pointer);
  Page& page = page_table()[index];
  if (page.use == PageUse::large) {
    PagesLock lock;
    --header().used_blocks;
    const std::uint32_t run = page.run;
    page.use = PageUse::inside;
    keep_order();
    return give_pages(index, run);
  }
  auto* block = static_cast<FreeBlock*>(pointer);
  Local* mine = local();
  if (mine == nullptr) {
    PagesLock lock;
    return give_block(block);
  }
  push(*mine, block);
  trim(*mine, block);
}

void push(Local& local, FreeBlock* block) noexcept {
  push(local.shelves[page_table()[page_of(block)].size_class], block);
}

void trim(Local& local, const FreeBlock* block) noexcept {
  const std::size_t size_class = page_table()[page_of(block)].size_class;
  Shelf& shelf = local.shelves[size_class];
  const std::uint32_t most = 4 * batch(size_class);
  if (shelf.size() > most) spill(local, shelf, most / 2);
}

std::size_t capacity(const void* block) noexcept {
  const Page& page = page_table()[page_of(block)];
  return page.use == PageUse::large ? page.run * kPageBytes : kClassBytes[page.size_class];
}

void leave_thread() noexcept {
  Local* mine = local();
  if (mine == nullptr) return;
  empty_shelves(*mine);
  t_journal = nullptr;
  mine->process = 0;
}

Usage usage() noexcept {
  if (g_base == nullptr) return {};
  if (Local* mine = local()) empty_shelves(*mine);
  PagesLock lock;
  std::size_t at_hand = header().local_count;
  for (Local* local = header().locals.get(); local != nullptr; local = local->next.get()) {
    for (const Shelf& shelf : local->shelves) at_hand += shelf.size();
  }
  return {header().used_blocks - at_hand, header().used_pages * kPageBytes};
}

void* root() {
  open();
  return header().root;
}

Journal* Section::make_journal() noexcept {
  try {
    return &open_local();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace braid::runtime::arena
