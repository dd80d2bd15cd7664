// A thread as other threads and processes see it: how it is woken, and whom it is to run again.
#pragma once

#include <atomic>
#include <cstdint>

#include "arena/ref.hpp"
#include "park/family.hpp"
#include "park/holdings.hpp"
#include "park/parker.hpp"
#include "park/waiter.hpp"

namespace braid::runtime {

struct Hands;
struct ThreadRecord;

// One process of a program, and its threads. An application that embeds several Runtimes has
// several. It lives as long as anybody refers to it: the host of its main thread, and every thread
// that was made in it.
struct alignas(64) Program {
  // Of the family that the process was started in, or the first one of a new family. Throws
  // std::bad_alloc.
  Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  std::atomic<std::uint32_t> references{1};
  Census census;
  // Does one of its threads run, or sleep until a time that it knows?
  [[nodiscard]] bool somebody_is_awake() noexcept;

  Ref<ThreadRecord> main;              // set before there is a second thread; goes with the program
  Ref<Object> main_unit;               // the program's own reference; set like `main`
  Mutex mutex;                         // of the lists
  Link threads;                        // those that are alive, the main one first (HeldLink)
  Link pools;                          // those that were made here and have not ended (HeldLink)
  Guarded<Ref<ThreadRecord>> spare;    // of threads that have ended
  Guarded<Ref<ThreadRecord>> records;  // all of them
  ProgramLink in_family{*this};
  std::atomic<std::uint32_t> threads_named{0};
  std::atomic<bool> left{false};            // whoever made it has given up its reference, or will
  std::atomic<bool> found_deadlock{false};  // some unit has ended with one that nobody took

  // The record of the calling thread, from now until it ends. Throws std::bad_alloc.
  ThreadRecord& begin_thread();
  void end_thread(ThreadRecord& record) noexcept;
  // If all who are left sleep, the main one of the family must look.
  void one_thread_less() noexcept;
  [[nodiscard]] Family& family() const noexcept { return *census.family; }

 private:
  ThreadRecord* another_record();
};

inline void retain(Program& program) noexcept {
  program.references.fetch_add(1, std::memory_order_relaxed);
}
void drop(Program& program) noexcept;
// False: it is about to be destroyed.
[[nodiscard]] inline bool try_retain(Program& program) noexcept {
  std::uint32_t seen = program.references.load();
  while (seen != 0 && !program.references.compare_exchange_weak(seen, seen + 1)) {
  }
  return seen != 0;
}

// One thread that runs units.
//   Units:   post() and parker.unpark() from any thread of any process; the rest its own.
//   Order:   what was written before post() is visible to the unit that it wakes.
//   Death:   the sweep of its process ends it.        Errors: none.
//   Life:    as long as the family: whoever has just posted to a thread may unpark it when that, or
//            its process, is gone already. Used again by others.
//   Cost:    post() is one compare-and-swap; a system call only when the thread sleeps.
//   Tests:   tests/unit/waiter_test.cpp
struct alignas(64) ThreadRecord {
  explicit ThreadRecord(Program& of_program) noexcept
      : parker(of_program.census), program(&of_program) {}

  // The calling thread's, from now on.
  void begin() noexcept;
  void end() noexcept { thread_id = 0; }
  // The claimed waiter's unit runs again.
  void post(Waiter& waiter) noexcept;
  // Those of its waiters that a process may have claimed, or posted, and that was killed meanwhile:
  // the thread is to look after them. Lost when there is no memory.
  struct Orphan {
    Ref<Orphan> next;
    Ref<Waiter> waiter;
    bool undone;  // the claim was
    std::uint64_t wait;
  };
  void leave_orphan(Ref<Waiter> waiter, std::uint64_t wait, bool undone) noexcept;
  // All of them, which are the caller's to release.
  [[nodiscard]] Orphan* take_orphans() noexcept;
  // Those who were posted, the first one first; null = none.
  [[nodiscard]] Waiter* take_posted() noexcept;
  [[nodiscard]] bool has_posted() const noexcept {
    return inbox.load(std::memory_order_relaxed) != 0;
  }

  // What the thread is asked to do as soon as it can.
  static constexpr std::uint32_t kInterrupt = 1;    // its main unit raises "interrupted!"
  static constexpr std::uint32_t kCancel = 2;       // all its units are cancelled
  static constexpr std::uint32_t kReport = 4;       // it says what its units do
  static constexpr std::uint32_t kDump = 8;         // it prints what all units of the program do
  static constexpr std::uint32_t kOrphans = 16;     // it looks after those
  static constexpr std::uint32_t kCancelWork = 32;  // calls of a pool that it runs may be cancelled

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
  std::atomic<std::uint32_t> inbox{0};    // granule of the last Waiter posted
  std::atomic<std::uint32_t> orphans{0};  // granule of the last Orphan
  Ref<Program> program;
  std::int32_t process_id = 0;             // of the system, as is the next
  std::atomic<std::int32_t> thread_id{0};  // 0 = nobody's
  Guarded<Ref<ThreadRecord>> next_spare, next_record;
  bool is_expected = false;  // its process was killed, and somebody may post to it: not used again
  Link waiters;              // of its units (WaiterLink)
  Ref<HoldingsPage> holdings;  // of its Lua state
  Ref<Hands> hands;            // messages that it is about to send, or has received (channel)
};

}  // namespace braid::runtime
