#include "park/holdings.hpp"

#include <new>

#include "arena/arena.hpp"
#include "park/thread_record.hpp"

namespace braid::runtime {
namespace {

void release_pages(ThreadRecord& record) noexcept {
  while (HoldingsPage* page = record.holdings.get()) {
    record.holdings = page->next;
    arena::release(page);
  }
}

}  // namespace

Holdings::~Holdings() { release_pages(record_); }

void Holdings::add_page() {
  const std::uint32_t count = all_ == 0 ? HoldingsPage::kFirstSlots : HoldingsPage::kSlots;
  free_.reserve(all_ + count);
  const std::size_t bytes = sizeof(HoldingsPage) + (count - 1) * sizeof(Slot);
  auto* page = new (arena::allocate(bytes)) HoldingsPage;
  for (std::uint32_t i = 0; i < count; ++i) free_.push_back(new (&page->slots[i]) Slot(0));
  page->count = count;
  page->next = record_.holdings;
  record_.holdings = page;
  all_ += count;
}

void Holdings::drop_all(ThreadRecord& record) noexcept {
  for (HoldingsPage* page = record.holdings.get(); page != nullptr; page = page->next.get()) {
    for (std::uint32_t i = 0; i < page->count; ++i) {
      if (Object* object = Ref<Object>::from_granule(page->slots[i].exchange(0)).get()) {
        drop(*object);
      }
    }
  }
  release_pages(record);
}

}  // namespace braid::runtime
