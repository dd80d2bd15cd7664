// The messages of a first-in first-out or last-in first-out queue: segments of a kilobyte from the
// arena, linked in both directions. One spare is kept, so that a queue in use takes none and gives
// none back. Guarded by the queue's mutex.
//
// A message is there when its number lies between `head_` and `tail_`. Each operation changes one
// of these, by its last store; links that a killed process left half made lie outside.
#pragma once

#include <atomic>
#include <cstddef>

#include "channel/cell.hpp"

namespace braid::runtime {

class CellDeque {
 public:
  CellDeque() noexcept = default;
  CellDeque(const CellDeque&) = delete;
  CellDeque& operator=(const CellDeque&) = delete;
  // Drops what is left.
  ~CellDeque();

  [[nodiscard]] std::uint64_t size() const noexcept { return tail() - head(); }
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
    Ref<Segment> prev;
    Ref<Segment> next;
    std::uint64_t base = 0;  // the number that its first cell has
    Cell cells[kCells];      // NOLINT(modernize-avoid-c-arrays)

    [[nodiscard]] Cell& at(std::uint64_t number) noexcept { return cells[number - base]; }
  };
  static_assert(sizeof(Segment) == 1024);

  [[nodiscard]] std::uint64_t head() const noexcept {
    return head_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t tail() const noexcept {
    return tail_.load(std::memory_order_relaxed);
  }
  Segment& segment_at_back();
  Segment& segment_at_front();
  Segment& append(Segment* last);
  Segment* take_segment();
  void retire(Segment* segment) noexcept;

  static constexpr std::uint64_t kMiddle = std::uint64_t{1} << 62;

  std::atomic<std::uint64_t> head_{kMiddle};  // number of the first message
  std::atomic<std::uint64_t> tail_{kMiddle};  // number behind the last one
  Ref<Segment> first_;
  Ref<Segment> last_;
  Ref<Segment> spare_;
};

}  // namespace braid::runtime
