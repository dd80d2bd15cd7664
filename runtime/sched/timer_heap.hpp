// Pending timers of one thread, the earliest first: a 4-ary heap that knows where each timer is,
// so that cancelling costs O(log n). Equal deadlines fire in the order in which they were added.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "park/clock.hpp"

namespace braid::runtime {

// Something that happens at a moment. Lives inside what it belongs to; never moves while pending.
struct Timer {
  using Fire = void (*)(Timer&) noexcept;
  static constexpr std::size_t kNowhere = SIZE_MAX;

  explicit Timer(Fire on_fire) noexcept : fire(on_fire) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  [[nodiscard]] bool pending() const noexcept { return slot != kNowhere; }

  const Fire fire;  // called after the timer has left the heap
  std::size_t slot = kNowhere;
};

// Owning thread only.
class TimerHeap {
 public:
  // Throws std::bad_alloc, and then nothing has changed. `timer` must not be pending.
  void add(Timer& timer, Nanos deadline);
  // The next add() does not throw. Throws std::bad_alloc.
  void reserve_one() {
    if (heap_.size() == heap_.capacity()) heap_.reserve(2 * heap_.size() + 16);
  }
  // Does nothing when the timer is not pending.
  void remove(Timer& timer) noexcept;
  // Fires everything that is due at `now`.
  void fire_due(Nanos now) noexcept;

  [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }
  // kForever when nothing is pending.
  [[nodiscard]] Nanos next_deadline() const noexcept {
    return heap_.empty() ? kForever : heap_.front().deadline;
  }

 private:
  struct Entry {
    Nanos deadline;
    std::uint64_t order;
    Timer* timer;
    [[nodiscard]] bool before(const Entry& other) const noexcept {
      return deadline != other.deadline ? deadline < other.deadline : order < other.order;
    }
  };

  void place(std::size_t slot, const Entry& entry) noexcept {
    heap_[slot] = entry;
    entry.timer->slot = slot;
  }
  void sift_up(std::size_t slot, const Entry& entry) noexcept;
  void sift_down(std::size_t slot, const Entry& entry) noexcept;

  std::vector<Entry> heap_;
  std::uint64_t added_ = 0;
};

}  // namespace braid::runtime
