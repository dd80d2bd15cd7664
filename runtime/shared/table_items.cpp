#include "shared/table_items.hpp"

namespace braid::runtime {

using Step = Journal::Step;

void TableItems::push(const Slot& value) noexcept {
  slots_[count_] = value;
  arena::keep_order();
  ++count_;
}

void TableItems::insert(Journal& journal, std::uint64_t index, const Slot& value) noexcept {
  journal.first = index;
  journal.index = count_;
  journal.count = count_ + 1;
  journal.slot = value;
  journal.begin(Step::insert);
  redo_insert(journal);
}

void TableItems::redo_insert(Journal& journal) noexcept {
  for (; journal.index >= journal.first; --journal.index) {
    (*this)[journal.index + 1] = (*this)[journal.index];
    arena::keep_order();
  }
  (*this)[journal.first] = journal.slot;
  arena::keep_order();
  count_ = journal.count;
  journal.begin(Step::adopt);
}

void TableItems::clear(Journal& journal, std::uint64_t index) noexcept {
  if (index == count_) return cut(count_ - 1);
  journal.write((*this)[index], Slot());
}

void TableItems::remove(Journal& journal, std::uint64_t index) noexcept {
  journal.index = index;
  journal.count = count_ - 1;
  journal.begin(Step::remove);
  redo_remove(journal);
}

void TableItems::redo_remove(Journal& journal) noexcept {
  for (; journal.index <= journal.count; ++journal.index) {
    (*this)[journal.index] = (*this)[journal.index + 1];
    arena::keep_order();
  }
  cut(journal.count);
  journal.end();
}

// Only the first `count` items are left, without the nils at their end. Memory is kept for as many
// again, so that a table that grows and shrinks by a few does not ask for it each time.
void TableItems::cut(std::uint64_t count) noexcept {
  while (count > 0 && (*this)[count].is_nil()) --count;
  arena::keep_order();
  count_ = count;
  slots_.shrink(2 * count + 1);
}

}  // namespace braid::runtime
