#include "channel/cell_deque.hpp"

#include <new>

#include "arena/arena.hpp"

namespace braid::runtime {

CellDeque::~CellDeque() {
  Cell cell;
  while (size() > 0) {
    pop_front(cell);
    cell.drop();
  }
  while (Segment* segment = first_.get()) {
    first_ = segment->next;
    arena::release(segment);
  }
  if (spare_) arena::release(spare_.get());
}

bool CellDeque::reserve_back() noexcept {
  try {
    segment_at_back();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void CellDeque::push_back(const Cell& cell) {
  segment_at_back().at(tail()) = cell;
  tail_.store(tail() + 1, std::memory_order_release);
}

void CellDeque::push_front(const Cell& cell) {
  segment_at_front().at(head() - 1) = cell;
  head_.store(head() - 1, std::memory_order_release);
}

const Cell& CellDeque::front() const noexcept {
  Segment* first = first_.get();
  return (head() - first->base == kCells ? first->next.get() : first)->at(head());
}

void CellDeque::pop_front(Cell& to) noexcept {
  Segment* first = first_.get();
  if (head() - first->base == kCells) {
    first_ = first->next;
    retire(first);
    first = first_.get();
    first->prev = nullptr;
  }
  to = first->at(head());
  head_.store(head() + 1, std::memory_order_release);
}

void CellDeque::pop_back(Cell& to) noexcept {
  Segment* last = last_.get();
  if (tail() == last->base) {
    last_ = last->prev;
    retire(last);
    last = last_.get();
    last->next = nullptr;
  }
  to = last->at(tail() - 1);
  tail_.store(tail() - 1, std::memory_order_release);
}

// The segment that the next message at the back goes into.
CellDeque::Segment& CellDeque::segment_at_back() {
  Segment* last = last_.get();
  if (last == nullptr) return append(nullptr);
  if (first_ == last_ && size() == 0) last->base = tail();  // nothing in it: it begins anew
  return tail() - last->base == kCells ? append(last) : *last;
}

CellDeque::Segment& CellDeque::append(Segment* last) {
  Segment* segment = take_segment();
  segment->base = tail();
  segment->prev = last;
  segment->next = nullptr;
  (last != nullptr ? last->next : first_) = segment;
  last_ = segment;
  return *segment;
}

CellDeque::Segment& CellDeque::segment_at_front() {
  Segment* first = first_.get();
  if (first == nullptr) first = &append(nullptr);
  // When all of the first one has been taken the message still finds its place there.
  if (head() != first->base) return *first;
  Segment* segment = take_segment();
  segment->base = head() - kCells;
  segment->prev = nullptr;
  segment->next = first;
  first->prev = segment;
  first_ = segment;
  return *segment;
}

CellDeque::Segment* CellDeque::take_segment() {
  Segment* segment = spare_.get();
  if (segment == nullptr) return new (arena::allocate(sizeof(Segment))) Segment;
  spare_ = nullptr;
  return segment;
}

void CellDeque::retire(Segment* segment) noexcept {
  if (spare_) {
    arena::release(segment);
  } else {
    spare_ = segment;
  }
}

}  // namespace braid::runtime
