// What a table is in the middle of, for changes that are more than one store: a unit that finds its
// predecessor killed there completes the change before it does anything else.
#pragma once

#include "arena/journal.hpp"
#include "shared/slot.hpp"

namespace braid::runtime {

struct Entry;

// Everything that a step needs is written first, then `step`; done again from the start, or from
// `index` on, a step leads to the same end. Guarded by the table's mutex.
struct Journal {
  // none -> any -> none;  insert -> adopt
  enum class Step : std::uint32_t {
    none,
    write,   // *target = slot
    insert,  // the items `first` … `index` move up, then `first` becomes `slot`; there are `count`
    remove,  // the items behind `index` move down; then there are `count`
    split,   // a bucket of the hash is shared out; `moving` is in one chain, the other, or neither
    adopt,   // keys behind the items leave the hash and become items
  };

  void begin(Step next) noexcept {
    arena::keep_order();
    step = next;
    arena::keep_order();
  }
  void end() noexcept { begin(Step::none); }
  void write(Slot& where, const Slot& value) noexcept {
    target = &where;
    slot = value;
    begin(Step::write);
    where = value;
    end();
  }

  Step step = Step::none;
  Ref<Slot> target;
  Ref<Entry> moving;
  std::uint64_t index = 0;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  Slot slot;
};

}  // namespace braid::runtime
