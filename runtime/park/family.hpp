// The processes of one program.
#pragma once

#include "park/parker.hpp"
#include "park/waiter.hpp"

namespace braid::runtime {

struct Program;

// In Family::programs: a member of each Program.
struct ProgramLink : Link {
  explicit ProgramLink(Program& of_program) noexcept : program(&of_program) {}
  const Ref<Program> program;
};

// In Family::units: a member of each process that was started and has not been seen to end.
struct ProcessLink : HeldLink {
  using HeldLink::HeldLink;
  Guarded<Ref<Program>>
      program;  // null before the process has one and after: somebody else acts for it
  Guarded<bool> signalled = false;  // so it may end, whatever it waits for
};

// All processes that have sprung from one, that one included.
//   Units:   any thread of any process.
//   Death:   the zygote takes a process that was killed out of the lists.
//   Errors:  none.
//   Tests:   tests/unit/family_test.cpp
struct alignas(64) Family {
  Family() noexcept = default;
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;

  // Is there a thread in any process that may still wake another? Takes the mutex.
  [[nodiscard]] bool somebody_is_awake() noexcept;

  std::atomic<std::uint32_t> references{1};  // the programs, and the handles of processes
  Mutex mutex;                               // of the lists
  Link programs;                             // one for each process (ProgramLink), the first first
  Link endless;  // the waiters that wait without end for what another unit owns (EndlessLink)
  Link units;    // the processes that were started and have not been seen to end (ProcessLink)
  Guarded<Ref<ThreadRecord>> spare;  // records of threads whose process has ended
  Ref<ThreadRecord> main;  // of the first process; set before there is a second thread; goes last
  std::atomic<bool> has_several{false};   // there has been a second process
  std::atomic<bool> cancelled{false};     // what is started from now on is, too
  std::atomic<bool> main_is_gone{false};  // nobody is left to say that all wait
  std::atomic<std::uint32_t> processes_named{0};
  // Where the helper that forks listens: the name of a socket.
  Mutex zygote_mutex;
  std::int32_t zygote_pid = 0;         // of the last one that was started
  std::uint32_t zygote_name_size = 0;  // 0 = there is none yet
  char zygote_name[16] = {};

 private:
  // Of all programs. The mutex is held.
  [[nodiscard]] std::uint32_t wakes() const noexcept;
};

inline void retain(Family& family) noexcept {
  family.references.fetch_add(1, std::memory_order_relaxed);
}
void drop(Family& family) noexcept;

// The family that this process was started in; null = it is the first one of its own. Set before
// anything else happens in the process.
void join_family(Family& family) noexcept;
[[nodiscard]] Family* joined_family() noexcept;

}  // namespace braid::runtime
