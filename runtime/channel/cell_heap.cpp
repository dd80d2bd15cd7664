#include "channel/cell_heap.hpp"

#include <cstring>
#include <new>

#include "arena/arena.hpp"

namespace braid::runtime {

// The cells stand behind it, then `order`: all their places; the first count_ are the heap, the
// others are free.
struct alignas(64) CellHeap::Block {
  using Place = Guarded<std::uint32_t>;
  std::uint32_t capacity;

  [[nodiscard]] Cell* cells() noexcept { return reinterpret_cast<Cell*>(this + 1); }
  [[nodiscard]] Place* order() noexcept { return reinterpret_cast<Place*>(cells() + capacity); }
  [[nodiscard]] Cell& at(std::uint32_t rank) noexcept { return cells()[order()[rank]]; }

  static std::size_t bytes(std::size_t capacity) noexcept {
    return sizeof(Block) + capacity * (sizeof(Cell) + sizeof(std::uint32_t));
  }
};

namespace {

constexpr std::uint32_t kFirstCapacity = 13;  // a kilobyte

}  // namespace

CellHeap::~CellHeap() {
  if (!block_) return;
  for (std::uint32_t i = 0; i < count_; ++i) block_->at(i).drop();
  arena::release(block_.get());
}

bool CellHeap::reserve() noexcept {
  try {
    if (!block_ || count_ == block_->capacity) grow();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void CellHeap::push(const Cell& cell) {
  Cell numbered = cell;
  const std::uint64_t sequence = ++sequence_;
  std::memcpy(numbered.data() + offsetof(SortKey, sequence), &sequence, sizeof sequence);
  insert(numbered);
}

void CellHeap::put_back(const Cell& cell) { insert(cell); }

void CellHeap::insert(const Cell& cell) {
  if (!block_ || count_ == block_->capacity) grow();
  block_->at(count_) = cell;
  ++count_;
  sift_up(count_ - 1);
}

void CellHeap::pop(Cell& to) noexcept {
  to.become(block_->at(0));
  --count_;
  swap(0, count_);
  if (count_ > 1) sift_down(0);
}

bool CellHeap::comparable(const Cell& cell) noexcept {
  return count_ == 0 || key(0).comparable(SortKey::at(cell.data()));
}

const SortKey& CellHeap::key(std::uint32_t rank) const noexcept {
  return SortKey::at(block_->at(rank).data());
}

bool CellHeap::before(std::uint32_t rank, std::uint32_t other) const noexcept {
  return key(rank).before(key(other));
}

void CellHeap::grow() {
  Block* old = block_.get();
  const std::uint32_t capacity = old == nullptr ? kFirstCapacity : old->capacity * 2;
  const Ref<Block> block = new (arena::allocate(Block::bytes(capacity))) Block{capacity};
  std::uint32_t used = 0;
  if (old != nullptr) {
    used = old->capacity;
    std::memcpy(static_cast<void*>(block->cells()), old->cells(), used * sizeof(Cell));
    std::memcpy(static_cast<void*>(block->order()), old->order(), used * sizeof(Block::Place));
  }
  for (std::uint32_t i = used; i < capacity; ++i) {
    new (&block->cells()[i]) Cell;
    new (&block->order()[i]) Block::Place(i);
  }
  block_ = block;
  if (old != nullptr) arena::release(old);
}

void CellHeap::swap(std::uint32_t rank, std::uint32_t other) noexcept {
  Block::Place* order = block_->order();
  const std::uint32_t place = order[rank];
  order[rank] = order[other];
  order[other] = place;
}

void CellHeap::sift_up(std::uint32_t rank) noexcept {
  while (rank > 0) {
    const std::uint32_t parent = (rank - 1) / 2;
    if (!before(rank, parent)) return;
    swap(rank, parent);
    rank = parent;
  }
}

void CellHeap::sift_down(std::uint32_t rank) noexcept {
  for (;;) {
    std::uint32_t child = 2 * rank + 1;
    if (child >= count_) return;
    if (child + 1 < count_ && before(child + 1, child)) ++child;
    if (!before(child, rank)) return;
    swap(rank, child);
    rank = child;
  }
}

}  // namespace braid::runtime
