// Journals that grow, sections that end, and those that never do.
#include "arena/recovery.hpp"

#include <sys/mman.h>

#include <cassert>
#include <new>
#include <utility>

#include "arena/layout.hpp"

namespace braid::runtime::arena {
namespace {

using Undo = void (*)(Journal& dead, std::uint32_t mutex) noexcept;
constinit Undo g_undo = nullptr;

// The block that a dead thread was taking or giving back, has it been on its shelf all along?
bool is_on_top(const Local& local, const FreeBlock* block) noexcept {
  const Page& page = page_table()[page_of(block)];
  return page.use == PageUse::small && local.shelves[page.size_class].first.get() == block;
}

FreeBlock* block_of(const Journal::Block& block) noexcept {
  return Ref<FreeBlock>::from_granule(block.granule).get();
}

// Forgets what an ended section has noted.
void forget(Journal& dead, std::uint32_t mutex) noexcept {
  Journal::Note* notes = dead.notes();
  for (std::uint32_t i = 0; i < dead.count; ++i) {
    if (notes[i].mutex == mutex) notes[i].mutex = 0;
  }
  for (std::uint32_t i = 0; i < dead.taken_count; ++i) {
    if (dead.taken[i].mutex == mutex) dead.taken[i].mutex = 0;
  }
}

void put_back(const Journal::Note& note) noexcept {
  std::byte* where = g_base + note.offset;
  if ((note.size & Journal::kIfBecome) == 0) {
    std::memcpy(where, &note.old, note.size);
    return;
  }
  auto became = static_cast<std::uint32_t>(note.old >> 32);
  std::atomic_ref(*reinterpret_cast<std::uint32_t*>(where))
      .compare_exchange_strong(became, static_cast<std::uint32_t>(note.old));
}

void undo(Local& dead, std::uint32_t mutex) noexcept {
  Journal::Note* notes = dead.notes();
  bool was_in_it = dead.sections != 0 && dead.mutex == mutex;
  for (std::uint32_t i = dead.count; i-- > 0;) {
    const Journal::Note& note = notes[i];
    if (note.mutex != mutex) continue;
    put_back(note);
    was_in_it = true;
  }
  if (was_in_it && g_undo != nullptr) g_undo(dead, mutex);
  for (std::uint32_t i = 0; i < dead.given_count; ++i) {
    if (dead.given[i].mutex == mutex) dead.given[i] = {0, 0};
  }
  for (std::uint32_t i = 0; i < dead.taken_count; ++i) {
    Journal::Block& block = dead.taken[i];
    if (block.mutex != mutex) continue;
    block.mutex = 0;
    keep_order();
    if (!is_on_top(dead, block_of(block))) release_now(block_of(block));
  }
}

// A block may be neither on its shelf nor in its page. The pages' mutex is held.
void finish_move(Local& dead) noexcept {
  FreeBlock* block = dead.moving.get();
  dead.moving = nullptr;
  if (block == nullptr || is_on_top(dead, block)) return;
  const PageIndex index = page_of(block);
  const Page& page = page_table()[index];
  bool is_free = page.use != PageUse::small;
  const std::uint32_t offset =
      static_cast<std::uint32_t>(reinterpret_cast<std::byte*>(block) - page_start(index));
  if (!is_free && page.first_free != 0) {
    auto* free = reinterpret_cast<FreeBlock*>(page_start(index) + page.first_free - 1);
    for (std::uint32_t left = page.free_blocks; free != nullptr && left > 0; --left) {
      is_free |= reinterpret_cast<std::byte*>(free) - page_start(index) == offset;
      free = free->next.get();
    }
  }
  if (!is_free) give_block(block);
}

void recover_local(Local& dead, void (*visit)(Journal& dead)) noexcept {
  // Whoever wants one of the mutexes that it held undoes the section; else we do.
  const auto touch = [](std::uint32_t mutex) {
    if (mutex == 0) return;
    Mutex& held = *Ref<Mutex>::from_granule(mutex);
    held.lock();
    held.unlock();
  };
  for (std::uint32_t i = 0; i < dead.count; ++i) touch(dead.notes()[i].mutex);
  for (std::uint32_t i = 0; i < dead.taken_count; ++i) touch(dead.taken[i].mutex);
  if (dead.sections != 0) touch(dead.mutex);
  if (visit != nullptr) visit(dead);
  for (; dead.given_count > 0; --dead.given_count) {
    FreeBlock* block = block_of(dead.given[dead.given_count - 1]);
    if (block != nullptr && !is_on_top(dead, block)) release_now(block);
  }
  if (dead.moving) touch(header().mutex.granule());
  empty_shelves(dead);
  if (dead.more) release_now(dead.more.get());
  const Ref<Local> next = dead.next;
  new (&dead) Local{};
  dead.next = next;
}

std::uint32_t free_blocks(PageIndex index) noexcept {
  const Page& page = page_table()[index];
  const std::uint32_t most = blocks_of(page.size_class);
  std::uint32_t count = 0;
  if (page.first_free == 0) return 0;
  auto* block = reinterpret_cast<FreeBlock*>(page_start(index) + page.first_free - 1);
  while (block != nullptr && count < most) {
    ++count;
    block = block->next.get();
  }
  return count;
}

}  // namespace

void on_undo(Undo undo) noexcept { g_undo = undo; }

void recover(Mutex& mutex, Journal* dead) noexcept {
  if (&mutex == &header().mutex) {
    mend_pages();
    if (dead != nullptr) finish_move(static_cast<Local&>(*dead));
    return;
  }
  if (dead == nullptr) return;
  const std::uint32_t granule = mutex.granule();
  const bool ended = dead->committed == granule || dead->committed == Section::kAll;
  if (!ended) undo(static_cast<Local&>(*dead), granule);
  forget(*dead, granule);
}

void recover_process(pid_t process, void (*visit)(Journal& dead)) noexcept {
  if (g_base == nullptr) return;
  for (Local* local = header().locals.get(); local != nullptr; local = local->next.get()) {
    if (local->process == process) recover_local(*local, visit);
  }
}

bool more_room(Journal& journal) noexcept {
  Ref<Journal::Note> larger;
  const std::uint32_t sections = std::exchange(journal.sections, 0);
  try {
    larger = static_cast<Journal::Note*>(
        allocate(std::size_t{journal.room} * 4 * sizeof(Journal::Note)));
  } catch (const std::bad_alloc&) {
    journal.sections = sections;
    return false;
  }
  Journal::Note* old = journal.more.get();
  std::memcpy(larger.get(), journal.notes(), journal.count * sizeof(Journal::Note));
  keep_order();
  journal.more = larger;
  journal.room *= 4;
  if (old != nullptr) release_now(old);
  journal.sections = sections;
  return true;
}

void checkpoint() noexcept {
  Journal* journal = t_journal;
  if (journal == nullptr) return;
  assert(journal->sections == 1);
  journal->committed = journal->mutex;
  keep_order();
  fault::point();
  journal->count = journal->taken_count = 0;
  for (std::uint32_t i = 0; i < journal->given_count; ++i) journal->given[i].mutex = 0;
  keep_order();
  journal->committed = 0;
}

void Section::end_given(std::uint32_t mutex) noexcept {
  for (std::uint32_t i = 0; i < journal_->given_count; ++i) {
    Journal::Block& block = journal_->given[i];
    if (mutex == kAll || block.mutex == mutex) block.mutex = 0;
  }
  if (!journal_->more || journal_->count != 0) return;
  Journal::Note* larger = journal_->more.get();
  journal_->room = Journal::kFirstNotes;
  keep_order();
  journal_->more = nullptr;
  keep_order();
  release_now(larger);
}

void Section::give_back() noexcept {
  while (journal_->given_count > 0) {
    FreeBlock* block = block_of(journal_->given[journal_->given_count - 1]);
    // On its shelf it may be the dead one's still; elsewhere it must not be any more.
    const bool is_small = page_table()[page_of(block)].use == PageUse::small;
    if (is_small) {
      push(*static_cast<Local*>(journal_), block);
      keep_order();
    }
    --journal_->given_count;
    keep_order();
    is_small ? trim(*static_cast<Local*>(journal_), block) : release_now(block);
  }
}

void mend_pages() noexcept {
  Header& head = header();
  Page* table = page_table();
  head.partial = {};
  head.used_pages = head.used_blocks = head.resident_free = 0;
  head.lowest_free = head.top;
  for (PageIndex index = head.first; index < head.top; ++index) {
    Page& page = table[index];
    const std::uint32_t run = page.use == PageUse::large ? page.run : 1;
    const std::uint32_t free = page.use == PageUse::small ? free_blocks(index) : 0;
    const bool is_used = page.use == PageUse::large ||
                         (page.use == PageUse::small && free < blocks_of(page.size_class));
    if (!is_used) {
      page = Page{};
      if (index < head.lowest_free) head.lowest_free = index;
      continue;
    }
    head.used_pages += run;
    if (page.use == PageUse::small) {
      page.free_blocks = static_cast<std::uint16_t>(free);
      page.next = page.prev = kNoPage;
      if (free > 0) link(index);
      head.used_blocks += blocks_of(page.size_class) - free;
      continue;
    }
    ++head.used_blocks;
    for (std::uint32_t i = 1; i < run; ++i) {
      table[index + i] = Page{};
      table[index + i].use = PageUse::inside;
    }
    index += run - 1;
  }
}

}  // namespace braid::runtime::arena
