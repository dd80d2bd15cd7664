#include "sched/timer_heap.hpp"

#include <deque>
#include <map>
#include <random>
#include <vector>

#include "tests/unit/catch.hpp"

using namespace braid::runtime;

namespace {

std::vector<int>* g_fired = nullptr;

struct Numbered : Timer {
  explicit Numbered(int id) : Timer(fired), number(id) {}
  static void fired(Timer& timer) noexcept {
    auto& self = static_cast<Numbered&>(timer);
    self.was_pending = self.pending();
    g_fired->push_back(self.number);
    if (self.heap == nullptr) return;
    self.heap->add(self, self.next);
    self.heap->remove(*self.drops);
  }
  int number;
  bool was_pending = false;
  TimerHeap* heap = nullptr;  // it adds itself again, and drops another
  Nanos next = 0;
  Timer* drops = nullptr;
};

using Ids = std::vector<int>;

}  // namespace

TEST_CASE("timer heap: by deadline, then by creation") {
  Ids fired;
  g_fired = &fired;
  TimerHeap heap;
  std::deque<Numbered> timers;
  for (int i = 0; i < 6; ++i) timers.emplace_back(i);
  CHECK(heap.next_deadline() == kForever);
  const Nanos deadlines[] = {30, 10, 20, 10, 30, 10};
  for (std::size_t i = 0; i < 6; ++i) heap.add(timers[i], deadlines[i]);
  CHECK(heap.next_deadline() == 10);
  heap.fire_due(9);
  CHECK(fired.empty());
  heap.fire_due(20);
  CHECK(fired == Ids{1, 3, 5, 2});
  heap.fire_due(1000);
  CHECK(fired == Ids{1, 3, 5, 2, 0, 4});
  CHECK(heap.empty());
}

TEST_CASE("timer heap: a timer has left when it fires, and may be added again or drop another") {
  Ids fired;
  g_fired = &fired;
  TimerHeap heap;
  Numbered a(1), b(2);
  a.heap = &heap;
  a.next = 50;
  a.drops = &b;
  heap.add(a, 10);
  heap.add(b, 10);
  heap.fire_due(10);
  CHECK_FALSE(a.was_pending);
  CHECK(a.pending());
  CHECK_FALSE(b.pending());
  CHECK(fired == Ids{1});
  CHECK(heap.next_deadline() == 50);
  heap.remove(a);
  heap.remove(a);
  CHECK(heap.empty());
}

TEST_CASE("timer heap: adding and cancelling anywhere, against a model") {
  Ids fired;
  g_fired = &fired;
  TimerHeap heap;
  std::mt19937 random(20240607);
  std::deque<Numbered> timers;
  std::map<std::pair<Nanos, std::uint64_t>, int> model;  // (deadline, order) -> number
  std::vector<std::pair<Nanos, std::uint64_t>> keys;
  for (int i = 0; i < 500; ++i) timers.emplace_back(i);
  keys.resize(timers.size());
  std::uint64_t order = 0;
  Nanos now = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::size_t which = random() % timers.size();
    Numbered& timer = timers[which];
    if (timer.pending()) {
      heap.remove(timer);
      model.erase(keys[which]);
    } else {
      keys[which] = {now + static_cast<Nanos>(random() % 64), order++};
      heap.add(timer, keys[which].first);
      model.emplace(keys[which], timer.number);
    }
    if (random() % 16 == 0) {
      now += static_cast<Nanos>(random() % 20);
      Ids expected;
      while (!model.empty() && model.begin()->first.first <= now) {
        expected.push_back(model.begin()->second);
        model.erase(model.begin());
      }
      fired.clear();
      heap.fire_due(now);
      REQUIRE(fired == expected);
    }
    REQUIRE(heap.size() == model.size());
    REQUIRE(heap.next_deadline() == (model.empty() ? kForever : model.begin()->first.first));
  }
}

TEST_CASE("timer heap: a million pending, half of them cancelled") {
  constexpr int kTimers = 1'000'000;
  Ids fired;
  fired.reserve(kTimers);
  g_fired = &fired;
  TimerHeap heap;
  std::deque<Numbered> timers;
  for (int i = 0; i < kTimers; ++i) {
    timers.emplace_back(i);
    heap.add(timers.back(), i % 1000);
  }
  for (int i = 1; i < kTimers; i += 2) heap.remove(timers[static_cast<std::size_t>(i)]);
  CHECK(heap.size() == kTimers / 2);
  heap.fire_due(1000);
  REQUIRE(fired.size() == kTimers / 2);
  bool in_order = true;
  for (std::size_t i = 1; i < fired.size(); ++i) {
    const auto key = [](int number) { return std::pair(number % 1000, number); };
    if (key(fired[i]) < key(fired[i - 1])) in_order = false;
  }
  CHECK(in_order);
}
