// What a table is in the middle of, for changes that are more than one store: a unit that finds its
// predecessor killed there completes the change before it does anything else.
#pragma once

#include <atomic>

#include "shared/slot.hpp"

namespace braid::runtime {

struct Entry;

// Everything that a step needs is written first, then `step`; done again from the start, or from
// `index` on, a step leads to the same end. Guarded by the table's mutex.
struct Journal {
  // none -> any -> none
  enum class Step : std::uint32_t {
    none,
    write,   // *target = slot
    insert,  // the items `first` … `index` move up, then `first` becomes `slot`; there are `count`
    remove,  // the items behind `index` move down; then there are `count`
    split,   // a bucket of the hash is shared out; `moving` is in one chain, the other, or neither
    adopt,   // the item with this index has come from the hash and is to go from there
  };

  void begin(Step next) noexcept { publish(next); }
  void end() noexcept { publish(Step::none); }
  // Keeps the compiler from moving stores across; the processor shows them in order, or not at all,
  // to who takes the mutex afterwards.
  static void order() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

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

 private:
  void publish(Step next) noexcept {
    order();
    step = next;
    order();
  }
};

}  // namespace braid::runtime
