// The values of a table under the keys 1, 2, …: what `#` counts.
#pragma once

#include "shared/journal.hpp"
#include "shared/segments.hpp"

namespace braid::runtime {

// Indices count from 1. An item in the middle may be nil, the last one is not. Guarded by the
// table's mutex; a journal that is asked for is the table's.
class TableItems {
 public:
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] bool has(std::uint64_t index) const noexcept { return index - 1 < count_; }
  [[nodiscard]] Slot& operator[](std::uint64_t index) noexcept { return slots_[index - 1]; }

  // Room for so many more. Throws std::bad_alloc.
  void reserve(std::uint64_t more) { slots_.reserve(count_ + more); }
  // These two need room for one.
  void push(const Slot& value) noexcept;
  // Ends in the step adopt: the key behind may be in the hash.
  void insert(Journal& journal, std::uint64_t index, const Slot& value) noexcept;
  // The item, which is in the row, becomes nil.
  void clear(Journal& journal, std::uint64_t index) noexcept;
  // The item leaves the row, and those behind it move down.
  void remove(Journal& journal, std::uint64_t index) noexcept;

  // Completes what the journal says was begun.
  void redo_insert(Journal& journal) noexcept;
  void redo_remove(Journal& journal) noexcept;

 private:
  void cut(std::uint64_t count) noexcept;

  std::uint64_t count_ = 0;
  Segments<Slot> slots_;
};

}  // namespace braid::runtime
