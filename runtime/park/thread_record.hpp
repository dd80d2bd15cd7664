// A thread as other threads and processes see it: how it is woken, and whom it is to run again.
#pragma once

#include <atomic>
#include <cstdint>

#include "arena/ref.hpp"
#include "park/parker.hpp"
#include "park/waiter.hpp"

namespace braid::runtime {

struct ThreadRecord;

// The threads that can wake each other: those of one program. An application that embeds several
// Runtimes has several.
struct alignas(64) Program {
  Census census;
  Ref<ThreadRecord> main;  // set before there is a second thread; null when it was the last to go
  Mutex mutex;             // of the two lists
  Link endless;  // the waiters that wait without end for what another unit owns (EndlessLink)
  Link threads;  // those that are alive, the main one first (HeldLink)
  std::atomic<std::uint32_t> threads_named{0};

  // Returns how many are left. If all of them sleep, the main one must look.
  std::int32_t one_thread_less() noexcept;
};

// One thread that runs units.
//   Units:   post() and parker.unpark() from any thread of any process; the rest its own.
//   Order:   what was written before post() is visible to the unit that it wakes.
//   Death:   the sweep of its process ends it.        Errors: none.
//   Cost:    post() is one compare-and-swap; a system call only when the thread sleeps.
//   Tests:   tests/unit/waiter_test.cpp
struct alignas(64) ThreadRecord {
  // Of the calling thread.
  explicit ThreadRecord(Program& of_program) noexcept;

  // The claimed waiter's unit runs again.
  void post(Waiter& waiter) noexcept;
  // Those who were posted, the first one first; null = none.
  [[nodiscard]] Waiter* take_posted() noexcept;
  [[nodiscard]] bool has_posted() const noexcept {
    return inbox.load(std::memory_order_relaxed) != 0;
  }

  // What the thread is asked to do as soon as it can.
  static constexpr std::uint32_t kInterrupt = 1;  // its main unit raises "interrupted!"
  static constexpr std::uint32_t kCancel = 2;     // all its units are cancelled
  static constexpr std::uint32_t kReport = 4;     // it says what its units do
  static constexpr std::uint32_t kDump = 8;       // it prints what all units of the program do

  void request(std::uint32_t what) noexcept {
    requests.fetch_or(what);
    parker.unpark();
  }
  [[nodiscard]] bool requested(std::uint32_t what) const noexcept {
    return (requests.load(std::memory_order_relaxed) & what) != 0;
  }
  // True once for each time it was asked.
  [[nodiscard]] bool take_request(std::uint32_t what) noexcept {
    return requested(what) && (requests.fetch_and(~what) & what) != 0;
  }

  Parker parker;
  std::atomic<std::uint32_t> requests{0};
  std::atomic<std::uint32_t> inbox{0};  // granule of the last Waiter posted
  Ref<Program> program;
  std::int32_t process_id;  // of the system, as is the next
  std::int32_t thread_id;
};

}  // namespace braid::runtime
