// Reaching a busy loop: a kernel timer of the thread sends it SIGURG when a cancel deadline passes,
// and the handler asks the running code for a checkpoint. SIGURG is ignored by default and used by
// hardly anybody; a handler that was there before is called for signals that are not ours.
// The signal is taken only once a program uses a timeout or a thread, and costs nothing until one
// is due or asked for something.
#pragma once

#include "park/clock.hpp"

namespace braid::runtime {

class Scheduler;
struct ThreadRecord;

namespace preempt {

// The calling thread, which `scheduler` belongs to, gets a signal at `deadline` or earlier.
// Without a kernel timer (none left) a busy loop is reached by its next wait only.
void arm(Scheduler& scheduler, Nanos deadline) noexcept;
// Has the signal come since the last call? Then the timer is not armed, and the caller rearms it
// for its next deadline, or with kForever stops it.
[[nodiscard]] bool take_fired() noexcept;
void rearm(Nanos deadline) noexcept;
// Asks `thread` for a checkpoint now. Async-signal-safe.
void signal_thread(const ThreadRecord& thread) noexcept;
// Must have been called in the thread before signal_thread can reach it.
void enroll(Scheduler& scheduler) noexcept;
// What runs is asked for a checkpoint in some milliseconds, should it still run.
void look_soon(Scheduler& scheduler) noexcept;
void forget(Scheduler& scheduler) noexcept;

}  // namespace preempt
}  // namespace braid::runtime
