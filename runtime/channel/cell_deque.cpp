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
  segment_at_back().at(tail_) = cell;
  ++tail_;
}

void CellDeque::push_front(const Cell& cell) {
  segment_at_front().at(head_ - 1) = cell;
  --head_;
}

const Cell& CellDeque::front() const noexcept {
  Segment* first = first_.get();
  return (head_ - first->base == kCells ? first->next.get() : first)->at(head_);
}

void CellDeque::pop_front(Cell& to) noexcept {
  Segment* first = first_.get();
  if (head_ - first->base == kCells) {
    first_ = first->next;
    retire(first);
    first = first_.get();
    first->prev = nullptr;
  }
  to.become(first->at(head_));
  ++head_;
}

void CellDeque::pop_back(Cell& to) noexcept {
  Segment* last = last_.get();
  if (tail_ == last->base) {
    last_ = last->prev;
    retire(last);
    last = last_.get();
    last->next = nullptr;
  }
  to.become(last->at(tail_ - 1));
  --tail_;
}

// The segment that the next message at the back goes into.
CellDeque::Segment& CellDeque::segment_at_back() {
  Segment* last = last_.get();
  if (last == nullptr) return append(nullptr);
  if (first_ == last_ && size() == 0) last->base = tail_;  // nothing in it: it begins anew
  return tail_ - last->base == kCells ? append(last) : *last;
}

CellDeque::Segment& CellDeque::append(Segment* last) {
  Segment* segment = take_segment();
  segment->base = tail_;
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
  if (head_ != first->base) return *first;
  Segment* segment = take_segment();
  segment->base = head_ - kCells;
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
