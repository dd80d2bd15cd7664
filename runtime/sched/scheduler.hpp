// The scheduler of one thread: which unit runs, who waits, what ends a wait.
//
// Order. Ready units run first in, first out. A spawned unit joins the end of the queue, and so
// does one that yields or is woken. A round is what was ready when it began, at most kRoundUnits;
// between rounds due timers fire, in order of deadline and then of creation. So nobody who is ready
// is passed by anybody who became ready later, and a unit that yields for ever keeps no timer
// waiting.
//
// Waiting. park() registers the running unit, and then the unit must leave: a coroutine by a
// Lua yield that ends in Runner::step, anybody else by leave_stack(), which goes on with the
// loop on another C stack. There is no third way.
#pragma once

#include <cstdint>

#include "park/thread_record.hpp"
#include "sched/fiber.hpp"
#include "sched/unit.hpp"

namespace braid::runtime {

// What the scheduler schedules. Implemented by the layer that knows Lua.
class Runner {
 public:
  virtual ~Runner() = default;
  // Runs `unit` until it parks or is done.
  virtual void step(Unit& unit) noexcept = 0;
  // Makes the code that runs now call Scheduler::checkpoint() soon. Called in a signal handler.
  virtual void request_checkpoint() noexcept = 0;
  // `unit` ran for `nanos` without waiting. Called only when watch_long_runs() was.
  virtual void ran_long(Unit& unit, Nanos nanos) noexcept = 0;
  // The name by which other threads may speak of `unit`, cut to fit.
  virtual void name_unit(const Unit& unit, char* to, std::size_t size) noexcept = 0;
  // Somebody asked what the units of this thread do (ThreadRecord::kReport).
  virtual void report() noexcept = 0;
  // Some call of a pool that runs here may be one to be cancelled (ThreadRecord::kCancelWork).
  virtual void cancel_work() noexcept {}
  // Somebody asked for a report on the whole program (ThreadRecord::kDump).
  virtual void dump() noexcept = 0;
};

// Runs the units of one thread.
//   Units:   owning thread only, except request() and interrupt() (any thread, and signal
//   handlers). Waits:   leave_stack() and what is built on it. Order:   see above. Death: goes with
//   its thread. Errors:  std::bad_alloc where it says so; nothing has changed then. Cost:    park
//   and wake are O(1) without a deadline, O(log timers) with one; neither allocates. Tests:
//   tests/unit/scheduler_test.cpp
class Scheduler {
 public:
  // A thread of `program`. Throws std::bad_alloc.
  Scheduler(Runner& runner, Program& program);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler();

  [[nodiscard]] Unit& main() noexcept { return main_; }
  [[nodiscard]] Unit& current() noexcept { return *current_; }
  [[nodiscard]] ThreadRecord& record() noexcept { return *record_; }
  [[nodiscard]] bool runs_main() const noexcept { return current_ == &main_; }
  [[nodiscard]] std::size_t live() const noexcept { return live_; }
  [[nodiscard]] Unit* first_live() const noexcept { return live_head_; }
  [[nodiscard]] std::uint64_t units_made() const noexcept { return units_made_; }

  // A new unit takes its place at the end of the ready queue.
  void start(Unit& unit) noexcept;
  // The running unit has ended: those who join it are woken.
  void finish(Unit& unit) noexcept;

  // Registers the running unit as waiting in `list` (may be null), until `deadline` at most.
  // Throws std::bad_alloc.
  void park(WaitList* list, Nanos deadline, OnCancel on_cancel, const char* what);
  // The running unit goes to the end of the ready queue.
  void park_ready() noexcept;

  // A wait for something shared: prepare_shared(), start the operation (park/operation.hpp), and if
  // that could not be done at once park_shared(). prepare_shared throws std::bad_alloc.
  Waiter& prepare_shared(Nanos deadline);
  // The running unit was woken by a deadlock, and the report of that is made.
  void end_reported() noexcept;
  void park_shared(Nanos deadline, OnCancel on_cancel, const char* what) noexcept;
  // The waiter of the running unit, as the owner of what it holds. Throws std::bad_alloc.
  Waiter& waiter() {
    return current_->waiter != nullptr ? *current_->waiter : make_waiter(*current_);
  }
  // The main unit's code is over: others take over what it holds.
  void end_main() noexcept {
    if (main_.waiter != nullptr) main_.waiter->hand_on();
  }

  // Takes a park back. False when the wait has ended meanwhile: the unit is awake all the same.
  bool unpark_current() noexcept;
  // Leaves the C stack of the parked running unit until it is woken.
  // Throws std::bad_alloc when there is no stack to go on on; the unit is still parked then.
  void leave_stack();
  // Ends the wait of a parked unit; does nothing to any other.
  void wake(Unit& unit, Wake why) noexcept;

  // Timers. add throws std::bad_alloc.
  void add_timer(Timer& timer, Nanos deadline) { timers_.add(timer, deadline); }
  void remove_timer(Timer& timer) noexcept { timers_.remove(timer); }
  // 0 = somebody is ready, kForever = nothing is pending.
  [[nodiscard]] Nanos next_deadline() const noexcept {
    return ready_head_ != nullptr ? 0 : timers_.next_deadline();
  }

  [[nodiscard]] Nanos next_timer() const noexcept { return timers_.next_deadline(); }
  // A timer that cancels something: it fires in time even when the thread is busy with a loop that
  // never waits. Whoever adds one says drop_deadline() once, when it is over. Throws
  // std::bad_alloc.
  void add_deadline(Timer& timer, Nanos deadline);
  void drop_deadline(Timer& timer) noexcept;

  // Something that is no unit keeps the program going: a timer of the script.
  void hold() noexcept { ++held_; }
  void release() noexcept;
  // The program is being ended: what holds it does so no longer.
  void stop_holding() noexcept { ending_ = true; }
  [[nodiscard]] bool ending() const noexcept { return ending_; }
  [[nodiscard]] bool alone() const noexcept { return live_ == 0 && (held_ == 0 || ending_); }
  // Waits until every unit but the main one has ended; park()'s counterpart for the end.
  void park_until_alone(const char* what);

  // Cancel scopes of the running unit. open_scope throws std::bad_alloc.
  void open_scope(CancelScope& scope, const void* context, Nanos deadline);
  void close_scope(CancelScope& scope) noexcept;
  void cancel(CancelScope& scope) noexcept;
  // Scopes of the running unit that outlived their block (a group that nobody closed) hold for it
  // no longer.
  void abandon_scopes() noexcept { abandon_scopes(*current_); }
  // The same for those inside one that is open.
  void abandon_scopes_in(const CancelScope& outer) noexcept;
  // The running unit's coroutine `context` is left by, or entered again after, a yield of its own.
  void detach_scopes(const void* context) noexcept {
    if (current_->scope->context == context) detach_attached(context);
  }
  void attach_scopes(const void* context) noexcept {
    if (detached_ != nullptr) attach_detached(context);
  }
  // Whose failure has cancelled the outermost cancelled scope of the running unit; null when it was
  // no failure. Dangles once that unit is gone.
  [[nodiscard]] const Unit* cancel_cause() const noexcept;
  // The running unit is about to raise because it is cancelled.
  void deliver_cancel() noexcept;
  // Is it cancelled by a scope that has not raised yet?
  [[nodiscard]] bool undelivered_cancel() const noexcept;
  // Has a cancellation of the running unit been raised since `mark`? Then it is on its way out.
  [[nodiscard]] bool unwinding_since(std::uint64_t mark) const noexcept;
  [[nodiscard]] std::uint64_t mark() const noexcept { return deliveries_; }

  // The main chunk is to be interrupted, also when some other unit is busy.
  void interrupt() noexcept { request(ThreadRecord::kInterrupt); }
  [[nodiscard]] bool take_interrupt() noexcept {
    return record_->take_request(ThreadRecord::kInterrupt);
  }
  [[nodiscard]] bool interrupt_pending() const noexcept {
    return record_->requested(ThreadRecord::kInterrupt);
  }
  // Asks the thread for something, also when some unit of it is busy. Any thread.
  void request(std::uint32_t what) noexcept;
  // Called in the running unit's own code after request_checkpoint(): fires what is due.
  void checkpoint() noexcept;

  // Units that run longer than this without waiting are told to Runner::ran_long.
  void watch_long_runs(Nanos limit) noexcept { long_run_ = limit; }
  // `act` is called when the thread is about to sleep for the first time.
  void before_first_sleep(void (*act)(Program&) noexcept) noexcept { before_sleep_ = act; }

  // Called in a signal handler: may something come of a checkpoint?
  [[nodiscard]] bool awaits_checkpoint() const noexcept {
    return deadlines_ != 0 || record_->requests.load(std::memory_order_relaxed) != 0 ||
           (current_ != nullptr && current_->cancelled);
  }
  void on_preempt_signal() noexcept { runner_.request_checkpoint(); }

 private:
  static constexpr std::size_t kRoundUnits = 256;

  [[noreturn]] void loop() noexcept;
  void leaves(Unit& unit) noexcept;
  void begin_round() noexcept;
  void interrupt_main() noexcept;
  void answer_requests() noexcept;
  void cancel_all() noexcept;
  void idle() noexcept;
  void rearm() noexcept;
  void run(Unit& unit) noexcept;
  void push_ready(Unit& unit) noexcept;
  void unqueue(Unit& unit) noexcept;
  Waiter& make_waiter(Unit& unit);
  void retire_waiter(Unit& unit) noexcept;
  void end_shared(Unit& unit) noexcept;
  void take_claimed(Unit& unit) noexcept;
  void run_posted() noexcept;
  void adopt_orphans() noexcept;
  void adopt(Waiter& waiter, bool undone) noexcept;
  [[nodiscard]] bool starts_again(Waiter& waiter) noexcept;
  void attach_detached(const void* context) noexcept;
  void detach_attached(const void* context) noexcept;
  void detach_innermost(Unit& unit) noexcept;
  void abandon_scopes(Unit& unit) noexcept;
  static void refresh_cancelled(Unit& unit) noexcept;

  Runner& runner_;
  TimerHeap timers_;
  FiberPool fibers_;
  Program& program_;
  ThreadRecord* const record_;

  Unit main_;
  Unit* current_ = &main_;
  Unit* ready_head_ = nullptr;
  Unit* ready_tail_ = nullptr;
  std::size_t ready_ = 0;
  std::size_t turns_left_ = 0;  // of the round in progress

  Unit* live_head_ = nullptr;
  std::size_t live_ = 0;
  std::size_t held_ = 0;
  bool ending_ = false;
  std::uint64_t units_made_ = 0;

  WaitList alone_;
  CancelScope* detached_ = nullptr;
  std::size_t deadlines_ = 0;  // cancel deadlines that are not dropped yet
  Nanos long_run_ = 0;
  void (*before_sleep_)(Program&) noexcept = nullptr;
  Nanos run_started_ = 0;
  std::uint64_t deliveries_ = 0;
};

}  // namespace braid::runtime
