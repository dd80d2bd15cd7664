#include "sched/timer_heap.hpp"

namespace braid::runtime {
namespace {
constexpr std::size_t kArity = 4;
constexpr std::size_t kKeepCapacity = 4096;
}  // namespace

void TimerHeap::add(Timer& timer, Nanos deadline) {
  const Entry entry{deadline, added_, &timer};
  heap_.push_back(entry);
  ++added_;
  sift_up(heap_.size() - 1, entry);
}

void TimerHeap::remove(Timer& timer) noexcept {
  if (!timer.pending()) return;
  const std::size_t slot = timer.slot;
  timer.slot = Timer::kNowhere;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (slot < heap_.size()) {
    if (slot > 0 && last.before(heap_[(slot - 1) / kArity])) {
      sift_up(slot, last);
    } else {
      sift_down(slot, last);
    }
  }
  // A burst of a million timers must not keep its memory for ever.
  if (heap_.empty() && heap_.capacity() > kKeepCapacity) std::vector<Entry>().swap(heap_);
}

void TimerHeap::fire_due(Nanos now) noexcept {
  while (!heap_.empty() && heap_.front().deadline <= now) {
    Timer& timer = *heap_.front().timer;
    remove(timer);
    timer.fire(timer);
  }
}

void TimerHeap::sift_up(std::size_t slot, const Entry& entry) noexcept {
  while (slot > 0) {
    const std::size_t parent = (slot - 1) / kArity;
    if (!entry.before(heap_[parent])) break;
    place(slot, heap_[parent]);
    slot = parent;
  }
  place(slot, entry);
}

void TimerHeap::sift_down(std::size_t slot, const Entry& entry) noexcept {
  for (;;) {
    const std::size_t first = slot * kArity + 1;
    if (first >= heap_.size()) break;
    std::size_t least = first;
    for (std::size_t child = first + 1; child < first + kArity && child < heap_.size(); ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(entry)) break;
    place(slot, heap_[least]);
    slot = least;
  }
  place(slot, entry);
}

}  // namespace braid::runtime
