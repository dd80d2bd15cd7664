// TimerHeap against a std::map that keeps the same promise: by deadline, then in order of adding.
// Two bytes of input are one step: what to do with which timer, and when it is due.
#include "sched/timer_heap.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace {

using braid::runtime::Nanos;
using braid::runtime::Timer;
using braid::runtime::TimerHeap;

std::vector<const Timer*> fired;

void require(bool holds) {
  if (!holds) std::abort();
}

// The expected content: (deadline, order of adding) -> timer.
class Model {
 public:
  using Key = std::pair<Nanos, std::uint64_t>;

  void add(const Timer& timer, Nanos deadline) { pending_[{deadline, added_++}] = &timer; }
  void remove(const Timer& timer) {
    std::erase_if(pending_, [&](const auto& entry) { return entry.second == &timer; });
  }
  std::vector<const Timer*> take_due(Nanos now) {
    std::vector<const Timer*> due;
    while (!pending_.empty() && pending_.begin()->first.first <= now) {
      due.push_back(pending_.begin()->second);
      pending_.erase(pending_.begin());
    }
    return due;
  }
  [[nodiscard]] const std::map<Key, const Timer*>& pending() const { return pending_; }

 private:
  std::map<Key, const Timer*> pending_;
  std::uint64_t added_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::array<std::unique_ptr<Timer>, 64> timers;
  for (auto& timer : timers) {
    timer = std::make_unique<Timer>([](Timer& self) noexcept { fired.push_back(&self); });
  }
  TimerHeap heap;
  Model model;

  for (std::size_t i = 0; i + 1 < size; i += 2) {
    Timer& timer = *timers[data[i] % timers.size()];
    const Nanos moment{data[i + 1]};
    switch (data[i] / timers.size()) {
      case 0:
      case 1:
        if (!timer.pending()) {
          heap.add(timer, moment);
          model.add(timer, moment);
        }
        break;
      case 2:
        heap.remove(timer);
        model.remove(timer);
        break;
      default:
        fired.clear();
        heap.fire_due(moment);
        require(fired == model.take_due(moment));
    }
    require(heap.size() == model.pending().size());
    if (!heap.empty()) require(heap.next_deadline() == model.pending().begin()->first.first);
  }
  return 0;
}
