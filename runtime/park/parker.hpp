// How a thread that has nothing to run sleeps and is woken: a futex with three values. A wake-up
// that comes before the sleep is kept, so none is lost between the look for work and the sleep.
#pragma once

#include <atomic>
#include <cstdint>

#include "arena/ref.hpp"
#include "park/clock.hpp"

namespace braid::runtime {

struct Family;

// How many threads one process has, and how many of them sleep without a deadline. When all do, in
// every process of the family, nobody is left who could wake anybody.
struct alignas(16) Census {
  std::atomic<std::int32_t> threads{0};
  std::atomic<std::int32_t> asleep_for_ever{0};
  // How often one of those was woken: counted after it has left asleep_for_ever, so that who counts
  // the sleepers one process after the other sees that they were not the same all the time.
  std::atomic<std::uint32_t> wakes{0};
  Ref<Family> family;  // null = the process has none

  void one_wakes() noexcept {
    asleep_for_ever.fetch_sub(1);
    wakes.fetch_add(1);
  }
  // May a thread other than the calling one be awake? Cheap, and may be wrong.
  [[nodiscard]] bool has_company() const noexcept;
  // Here or in another process.
  [[nodiscard]] bool somebody_is_awake() const noexcept;
};

// Puts one thread to sleep.
//   Units:   wait() from the owning thread; unpark() from any thread of any process, and from
//   signal
//            handlers. Lives in the arena.
//   Waits:   until unpark(), the deadline, or a signal; it may return early, so callers look again.
//   Order:   what was written before unpark() is visible after the wait() that it ends.
//   Death:   nothing to undo.                          Errors: none.
//   Cost:    unpark() is a system call only when the thread sleeps.
//   Tests:   tests/unit/parker_test.cpp
class Parker {
 public:
  explicit Parker(Census& census) noexcept : census_(&census) {}

  // Looks out for an unpark() for some microseconds first, if that was worth it lately.
  // False, at once, when without a deadline nobody would be awake any more, unless even_as_last.
  bool wait(Nanos deadline, bool even_as_last = false) noexcept;
  void unpark() noexcept;
  // The same when another process may have been killed in the middle of it.
  void unpark_surely() noexcept;
  [[nodiscard]] bool sleeps_for_ever() const noexcept { return word_.load() == kAsleepForEver; }
  // It will serve a thread of another process.
  void moves_to(Census& census) noexcept { census_ = &census; }
  // Has there been an unpark() that no wait() has answered?
  [[nodiscard]] bool notified() const noexcept {
    return word_.load(std::memory_order_relaxed) == kNotified;
  }

 private:
  // True = notified, and answered.
  [[nodiscard]] bool spin() noexcept;

  // awake -> asleep or asleep_for_ever -> notified -> awake;  awake -> notified -> awake
  static constexpr std::uint32_t kAwake = 0;
  static constexpr std::uint32_t kNotified = 1;
  static constexpr std::uint32_t kAsleep = 2;
  static constexpr std::uint32_t kAsleepForEver = 3;

  std::atomic<std::uint32_t> word_{kAwake};
  std::uint8_t hope_ = 0;  // how many failures to spin are borne yet; its thread only, as the next
  std::uint8_t skipped_ = 0;  // waits without hope since the last try
  Ref<Census> census_;
};

}  // namespace braid::runtime
