// How a thread that has nothing to run sleeps and is woken: a futex with a counter in it.
// The sleeper reads the counter, looks for work, and sleeps only while the counter is unchanged,
// so a wake-up between the look and the sleep is never lost.
#pragma once

#include <atomic>
#include <cstdint>

#include "park/clock.hpp"

namespace braid::runtime {

// Puts one thread to sleep.
//   Units:   wait() from the owning thread; unpark() from any thread and from signal handlers.
//   Waits:   until unpark(), the deadline, or a signal; it may return early, so callers look again.
//   Order:   what was written before unpark() is visible after the wait() that it ends.
//   Death:   lives in one process and goes with it.    Errors: none.
//   Cost:    unpark() is one system call.              Tests: tests/unit/parker_test.cpp
class Parker {
 public:
  [[nodiscard]] std::uint32_t epoch() const noexcept {
    return word_.load(std::memory_order_acquire);
  }
  void wait(std::uint32_t seen, Nanos deadline) noexcept;
  void unpark() noexcept;

 private:
  std::atomic<std::uint32_t> word_{0};
};

}  // namespace braid::runtime
