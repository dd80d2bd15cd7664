#include "channel/cell_heap.hpp"

#include <atomic>
#include <cstring>
#include <new>
#include <utility>

#include "arena/arena.hpp"

namespace braid::runtime {

// The cells stand behind it, then `order`: all their places; the first count_ are the heap, the
// others are free.
struct alignas(64) CellHeap::Block {
  std::uint32_t capacity;

  [[nodiscard]] Cell* cells() noexcept { return reinterpret_cast<Cell*>(this + 1); }
  [[nodiscard]] std::uint32_t* order() noexcept {
    return reinterpret_cast<std::uint32_t*>(cells() + capacity);
  }
  [[nodiscard]] Cell& at(std::uint32_t rank) noexcept { return cells()[order()[rank]]; }

  static std::size_t bytes(std::size_t capacity) noexcept {
    return sizeof(Block) + capacity * (sizeof(Cell) + sizeof(std::uint32_t));
  }
};

namespace {

constexpr std::uint32_t kFirstCapacity = 13;  // a kilobyte

// What was written before is seen by whoever sees what is written behind, also after a kill.
void in_order() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

}  // namespace

CellHeap::~CellHeap() {
  if (!block_) return;
  for (std::uint32_t i = 0; i < block_->capacity; ++i) block_->cells()[i].drop();
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
  begin();
  Cell numbered = cell;
  const std::uint64_t sequence = ++sequence_;
  std::memcpy(numbered.data() + offsetof(SortKey, sequence), &sequence, sizeof sequence);
  insert(numbered);
}

void CellHeap::put_back(const Cell& cell) {
  begin();
  insert(cell);
}

void CellHeap::insert(const Cell& cell) {
  if (!block_ || count_ == block_->capacity) grow();
  sorting_ = true;
  in_order();
  block_->at(count_) = cell;
  ++count_;
  sift_up(count_ - 1);
  in_order();
  sorting_ = false;
}

void CellHeap::pop(Cell& to) noexcept {
  begin();
  Cell& least = block_->at(0);
  to = least;
  sorting_ = true;
  in_order();
  least.forget();
  --count_;
  std::swap(block_->order()[0], block_->order()[count_]);
  if (count_ > 1) sift_down(0);
  in_order();
  sorting_ = false;
}

bool CellHeap::comparable(const Cell& cell) noexcept {
  begin();
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
    std::memcpy(block->order(), old->order(), used * sizeof(std::uint32_t));
  }
  for (std::uint32_t i = used; i < capacity; ++i) {
    new (&block->cells()[i]) Cell;
    block->order()[i] = i;
  }
  in_order();
  block_ = block;
  if (old != nullptr) arena::release(old);
}

void CellHeap::begin() noexcept {
  if (sorting_) rebuild();
}

void CellHeap::sift_up(std::uint32_t rank) noexcept {
  while (rank > 0) {
    const std::uint32_t parent = (rank - 1) / 2;
    if (!before(rank, parent)) return;
    std::swap(block_->order()[rank], block_->order()[parent]);
    rank = parent;
  }
}

void CellHeap::sift_down(std::uint32_t rank) noexcept {
  for (;;) {
    std::uint32_t child = 2 * rank + 1;
    if (child >= count_) return;
    if (child + 1 < count_ && before(child + 1, child)) ++child;
    if (!before(child, rank)) return;
    std::swap(block_->order()[rank], block_->order()[child]);
    rank = child;
  }
}

void CellHeap::rebuild() noexcept {
  count_ = 0;
  std::uint32_t free = block_->capacity;
  for (std::uint32_t i = 0; i < block_->capacity; ++i) {
    block_->order()[block_->cells()[i].empty() ? --free : count_++] = i;
  }
  for (std::uint32_t i = count_ / 2; i-- > 0;) sift_down(i);
  sorting_ = false;
}

}  // namespace braid::runtime
