// Calls that wait for a worker, and the workers that wait for a call.
#pragma once

#include "park/thread_record.hpp"
#include "pool/future.hpp"
#include "unit/run_unit.hpp"

namespace braid::runtime {

struct Worker;

// Where one call at a time runs: a worker has as many as it may run at once, and one more for each
// call that runs inside another one which waits for it.
struct Place {
  explicit Place(Worker& of_worker) noexcept : worker(&of_worker) {}

  const Ref<Worker> worker;
  Guarded<Ref<Place>> next;  // of the worker's; guarded by the pool
  Guarded<Ref<Future>>
      current;  // set by whoever gives it the call, cleared by its unit when that is done
  Guarded<bool> counted = false;  // as one that runs; guarded by the pool
  Guarded<bool> begun = false;    // its unit has got the call; its unit only
};

// A thread or process that takes calls. Guarded by its pool.
struct Worker : Link {
  Ref<RunUnit> unit;
  Guarded<Ref<Place>> places;
  Guarded<std::uint64_t> taken = 0;
  Guarded<bool> arrived = false;  // it has asked for a call
};

// The calls of one executor in the order of submission, and who runs them. Workers fetch for
// themselves; the supervisor, a thread of the process that made the pool, starts them and sees them
// end.
//   Units:    any method from any thread or process at once, but for what is said below.
//   Waits:    take_op for a call, supervise_op for something to do, idle_op until nothing is queued
//             and nothing runs, ended_op until the last worker is gone.
//   Order:    calls are begun in the order of submission.
//   Death:    of a worker: what it was running fails, what it had not begun is queued again. Of the
//             supervisor: the pool is broken.
//   Errors:   returned; what throws says so.
//   Cost:     O(1), one lock; a system call only when a worker sleeps. No memory but the Future.
//   Tests:    tests/unit/pool_test.cpp, tests/spec/pool_*_spec.lua
struct Pool : Object {
  enum Operation : std::uint32_t { take_op, supervise_op, idle_op, ended_op };
  // What supervise_op ends with. kLook: there may be something to do, so it is asked for again. By
  // then a worker that was about to be free may have taken the call.
  enum Duty : std::int64_t { kEnd, kStartWorker, kLook };
  enum class Submitted : std::uint8_t { done, closed, broken };

  struct Limits {
    std::uint64_t workers = 1;
    std::uint64_t calls = UINT64_MAX;  // that one worker takes before it is replaced
    std::uint64_t places = 1;          // of one worker
  };

  Pool(Program& of_program, const Limits& of_limits) noexcept;
  ~Pool();

  // The program, which is that of the caller, will not end before its calls have.
  void begins() noexcept;

  Submitted submit(Future& future) noexcept;
  // False: it runs, or is done. With `running` one that runs is cancelled, too, as soon as it waits
  // or its worker's thread looks.
  bool cancel(Future& future, bool running) noexcept;
  // For good: what is begun later is cancelled, too.
  void cancel_running() noexcept;
  // Nothing more is submitted; with `cancel_queued` nothing more is begun.
  void close(bool cancel_queued) noexcept;
  // Whatever is queued, and whatever is submitted from now on, fails with that text.
  void break_down(const char* text, std::size_t size) noexcept;
  // Copies that text; returns its size.
  std::size_t copy_reason(char* to, std::size_t size) noexcept;

  // --- by a worker ---

  // The place that a take is for: in its node, whose argument is then the future, or 0 = leave.
  static Ref<Place>& place_of(SharedWaitNode& node) noexcept {
    return *reinterpret_cast<Ref<Place>*>(node.payload);
  }
  // Throws std::bad_alloc.
  Place& add_place(Worker& worker);
  // It is empty.
  void remove_place(Place& place) noexcept;
  // The place's unit runs that call next, if it is still queued.
  bool steal(Future& future, Place& place) noexcept;

  // --- by the supervisor ---

  // A worker that is about to be started; it has said it will with kStartWorker. Throws
  // std::bad_alloc.
  Worker& add_worker(RunUnit& unit);
  // One more could not be started, and none will be: the others must do. False = there are none.
  bool do_with_fewer() noexcept;
  // It has ended, or could not be started. `text` says how, of what it was running. Had it come as
  // far as to ask for a call?
  bool worker_gone(Worker& worker, int exit_code, const char* text) noexcept;
  // It has done its duty: nobody looks after the pool any more.
  void ended() noexcept;

  const Ref<Program> program;
  Limits limits;               // those of a worker are constant; guarded by the mutex
  HeldLink listed{*this};      // in Program::pools, with a reference; guarded by the program
  HeldLink supervised{*this};  // of the supervisor
  // Written under the mutex, as all that follows; these may be looked at without.
  GuardedAtomic<bool> closed{false};
  GuardedAtomic<bool> broken{false};
  GuardedAtomic<bool> cancelling{false};  // whatever runs is to be cancelled
  Guarded<bool> has_ended = false;
  Guarded<Ref<Message>> reason;  // why it is broken: plain text
  Guarded<std::uint64_t> submitted = 0;
  Guarded<std::uint64_t> queued = 0;
  Guarded<std::uint64_t> running = 0;
  Guarded<std::uint64_t> workers = 0;
  Guarded<std::uint64_t> starting = 0;  // of them; they have taken nothing yet
  Guarded<Ref<Future>> first, last;
  Link worker_list;
  SharedWaitList takers;
  SharedWaitList supervisors;
  SharedWaitList idlers;
  SharedWaitList enders;

  // --- the mutex is held ---
  bool try_take(SharedWaitNode& node, Wakeups& wakeups) noexcept;
  bool try_supervise(SharedWaitNode& node) noexcept;
  void untake(SharedWaitNode& node, Wakeups& wakeups) noexcept;
  [[nodiscard]] bool idle() const noexcept { return queued == 0 && running == 0; }

 private:
  void push(Future& future, bool in_front) noexcept;
  void unlink(Future& future) noexcept;
  void give(Place& place, Future& future) noexcept;
  void offer(Future& future, bool in_front, Wakeups& wakeups) noexcept;
  void leave(Place& place) noexcept;
  void look(Wakeups& wakeups) noexcept;
  [[nodiscard]] bool needs_worker() const noexcept;
  [[nodiscard]] bool is_over() const noexcept;
  Future* take_all() noexcept;
};

// What scripts hold of a pool: with the last of these it is closed.
struct Executor : Object {
  explicit Executor(Pool& of_pool) noexcept : Object(ObjectKind::executor), pool(&of_pool) {
    retain(of_pool);
  }
  ~Executor();

  const Ref<Pool> pool;
};

// Calls visit(pool) for each pool that this process has made and that has not ended, with the
// program's mutex held.
template <typename Visit>
void each_pool(Program& program, const Visit& visit) {
  MutexLock lock(program.mutex);
  for (Link* link = program.pools.next.get(); link != &program.pools; link = link->next.get()) {
    visit(static_cast<Pool&>(*static_cast<HeldLink*>(link)->object));
  }
}

}  // namespace braid::runtime
