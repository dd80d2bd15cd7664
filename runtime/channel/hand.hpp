// Messages between a queue or pipe and a Lua state: where the sweep of a process that is killed
// meanwhile finds them.
#pragma once

#include "channel/cell.hpp"
#include "park/thread_record.hpp"

namespace braid::runtime {

// Has the message, or several, as long as its cells are not empty. The thread that has taken it.
struct Hand {
  // Where the messages came from, and go back to; null = they are to be sent.
  Ref<Object> from;
  unsigned side = 0;  // of a Pipe
  bool is_taken = false;
  bool is_whole = false;           // to be sent: it has all its references
  Ref<SharedWaitNode> moved_from;  // it has them, too, and no right to them any more
  Ref<Cell> many;                  // the cells, unless it is `cell`
  std::uint32_t many_count = 0;
  Cell cell;

  void come_from(Object& object, unsigned at_side = 0) noexcept {
    side = at_side;
    from = &object;
  }
  // The message that the node of a wait, which was for this object, was given.
  void take_from(SharedWaitNode& node) noexcept;
};

// Those of one thread. In the arena.
struct Hands {
  static constexpr std::size_t kHands = 8;
  Hand hands[kHands];  // NOLINT(modernize-avoid-c-arrays)
};

// One that is free; `otherwise` when all are taken, or there is no memory.
[[nodiscard]] Hand& take_hand(ThreadRecord& record, Hand& otherwise) noexcept;
// It is empty.
void leave_hand(Hand& hand) noexcept;
// The thread was killed: its messages go back to where they came from.
void empty_hands(ThreadRecord& record) noexcept;

}  // namespace braid::runtime
