// The messages of a first-in first-out or last-in first-out queue: segments of a kilobyte from the
// arena, linked in both directions. One spare is kept, so that a queue in use takes none and gives
// none back. Guarded by the queue's mutex.
//
// A message is there when its number lies between `head_` and `tail_`.
#pragma once

#include <cstddef>

#include "arena/journal.hpp"
#include "channel/cell.hpp"

namespace braid::runtime {

class CellDeque {
 public:
  CellDeque() noexcept = default;
  CellDeque(const CellDeque&) = delete;
  CellDeque& operator=(const CellDeque&) = delete;
  // Drops what is left.
  ~CellDeque();

  [[nodiscard]] std::uint64_t size() const noexcept { return tail_ - head_; }
  // Makes room, so that the next push_back does not throw; false = there is no memory.
  [[nodiscard]] bool reserve_back() noexcept;
  // Both throw std::bad_alloc; the cell is the deque's afterwards.
  void push_back(const Cell& cell);
  void push_front(const Cell& cell);
  // There must be a message, which stays.
  [[nodiscard]] const Cell& front() const noexcept;
  // There must be a message. The caller's afterwards.
  void pop_front(Cell& to) noexcept;
  void pop_back(Cell& to) noexcept;

 private:
  static constexpr std::uint64_t kCells = 15;

  struct alignas(64) Segment {
    Guarded<Ref<Segment>> prev;
    Guarded<Ref<Segment>> next;
    Guarded<std::uint64_t> base = 0;  // the number that its first cell has
    Cell cells[kCells];               // NOLINT(modernize-avoid-c-arrays)

    [[nodiscard]] Cell& at(std::uint64_t number) noexcept { return cells[number - base]; }
  };
  static_assert(sizeof(Segment) == 1024);

  Segment& segment_at_back();
  Segment& segment_at_front();
  Segment& append(Segment* last);
  Segment* take_segment();
  void retire(Segment* segment) noexcept;

  static constexpr std::uint64_t kMiddle = std::uint64_t{1} << 62;

  Guarded<std::uint64_t> head_{kMiddle};  // number of the first message
  Guarded<std::uint64_t> tail_{kMiddle};  // number behind the last one
  Guarded<Ref<Segment>> first_;
  Guarded<Ref<Segment>> last_;
  Guarded<Ref<Segment>> spare_;
};

}  // namespace braid::runtime
