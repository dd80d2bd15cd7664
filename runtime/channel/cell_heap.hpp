// The messages of a priority queue: cells in no order, and a heap of their places. Guarded by the
// queue's mutex.
//
// The first `count_` of the places are the heap, the others are free.
#pragma once

#include <cstdint>

#include "channel/cell.hpp"
#include "channel/sort_key.hpp"

namespace braid::runtime {

class CellHeap {
 public:
  CellHeap() noexcept = default;
  CellHeap(const CellHeap&) = delete;
  CellHeap& operator=(const CellHeap&) = delete;
  // Drops what is left.
  ~CellHeap();

  [[nodiscard]] std::uint64_t size() const noexcept { return count_; }
  // Makes room, so that the next push does not throw; false = there is no memory.
  [[nodiscard]] bool reserve() noexcept;
  // Behind its equals. Throws std::bad_alloc.
  void push(const Cell& cell);
  // A message that was here already, to its place before those put later. Throws std::bad_alloc.
  void put_back(const Cell& cell);
  // Takes the least; there must be one.
  void pop(Cell& to) noexcept;
  // Can the message's key be compared with those that are here?
  [[nodiscard]] bool comparable(const Cell& cell) noexcept;

 private:
  struct Block;

  [[nodiscard]] const SortKey& key(std::uint32_t rank) const noexcept;
  [[nodiscard]] bool before(std::uint32_t rank, std::uint32_t other) const noexcept;
  void insert(const Cell& cell);
  void grow();
  void swap(std::uint32_t rank, std::uint32_t other) noexcept;
  void sift_up(std::uint32_t rank) noexcept;
  void sift_down(std::uint32_t rank) noexcept;

  Guarded<Ref<Block>> block_;
  Guarded<std::uint32_t> count_ = 0;
  Guarded<std::uint64_t> sequence_ = 0;
};

}  // namespace braid::runtime
