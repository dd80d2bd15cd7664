#include "channel/hand.hpp"

#include <new>

#include "arena/arena.hpp"
#include "channel/pipe.hpp"
#include "channel/queue.hpp"

namespace braid::runtime {
namespace {

void put_back(Hand& hand, Cell& cell) noexcept {
  if (cell.empty()) return;
  Object* from = hand.from.get();
  if (from == nullptr) {
    hand.is_whole ? cell.drop() : cell.free();
  } else if (from->kind == ObjectKind::queue) {
    static_cast<Queue*>(from)->put_back(cell);
  } else {
    static_cast<Pipe*>(from)->put_back(hand.side, cell);
  }
}

}  // namespace

void Hand::take_from(SharedWaitNode& node) noexcept {
  Cell& given = *reinterpret_cast<Cell*>(node.payload);
  moved_from = &node;
  arena::keep_order();
  cell.become(given);
  arena::keep_order();
  node.carries = nullptr;
  given.forget();
  arena::keep_order();
  moved_from = nullptr;
}

Hand& take_hand(ThreadRecord& record, Hand& otherwise) noexcept {
  if (!record.hands) {
    try {
      record.hands = arena::create<Hands>();
    } catch (const std::bad_alloc&) {
      return otherwise;
    }
  }
  for (Hand& hand : record.hands->hands) {
    if (hand.is_taken) continue;
    hand.is_taken = true;
    return hand;
  }
  return otherwise;
}

void leave_hand(Hand& hand) noexcept {
  hand.from = nullptr;
  hand.many = nullptr;
  hand.is_whole = hand.is_taken = false;
}

void empty_hands(ThreadRecord& record) noexcept {
  if (!record.hands) return;
  for (Hand& hand : record.hands->hands) {
    if (SharedWaitNode* node = hand.moved_from.get(); node != nullptr && !hand.cell.empty()) {
      node->carries = nullptr;
    }
    put_back(hand, hand.cell);
    if (Cell* cells = hand.many.get()) {
      for (std::uint32_t i = hand.many_count; i-- > 0;) put_back(hand, cells[i]);
      arena::release(cells);
    }
  }
  arena::destroy(record.hands.get());
  record.hands = nullptr;
}

}  // namespace braid::runtime
