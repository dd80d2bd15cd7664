// A thread of the program, as every unit may hold a handle to it, and the system's threads that run
// them. What a thread runs is the business of the layer that knows Lua (ThreadBody).
#pragma once

#include "park/message.hpp"
#include "park/operation.hpp"
#include "park/thread_record.hpp"

namespace braid::runtime {

// One thread: made, started at most once, ended.
//   Units:   any method from any thread or process at once, but for what is said below.
//   Waits:   join and result until it has ended; a deadline or a cancel ends the wait only.
//   Order:   what the thread wrote is visible after the join that its end completes.
//   Death:   ends with its process.
//   Errors:  returned, but for what start() throws.
//   Cost:    start + join: see docs/benchmarks.md.          Tests: tests/spec/thread_*_spec.lua
struct ThreadUnit : Object {
  // result_op says, by waiting, that somebody will take an error; begun_op is done when native_id
  // is there, closed_op when the thread's Lua state is gone and its finalizers have run.
  enum Operation : std::uint32_t { join_op, result_op, begun_op, closed_op };
  // created -> running -> ended -> closed;  running -> created when it could not be started
  enum class State : std::uint8_t { created, running, ended, closed };
  enum class Result : std::uint8_t { none, returned, failed, cancelled };
  static constexpr std::size_t kMostName = 255;

  // The main thread's is held by the program; every other one holds the program.
  explicit ThreadUnit(Program& of_program, bool main = false) noexcept
      : Object(ObjectKind::thread), program(&of_program), is_main(main), listed(*this) {
    if (!main) retain(of_program);
  }
  ~ThreadUnit() {
    if (!is_main) drop(*program);
  }

  // False when it was started before. Throws std::bad_alloc, and std::system_error when the system
  // has no more threads; it is as before then. Only if true the messages become the thread's.
  [[nodiscard]] bool start(Message* call, Message* surroundings);
  // Asks the thread for something (ThreadRecord::k...): now, or as soon as it runs. False when it
  // has ended.
  bool request(std::uint32_t what) noexcept;
  // Asks it to cancel all its units.
  bool cancel() noexcept { return request(ThreadRecord::kCancel); }
  // `text` has at most kMostName bytes.
  void set_name(const char* text) noexcept;
  // The name: of one that has none yet, the next of Thread-1, Thread-2 ...
  void copy_name(char (&to)[kMostName + 1]) noexcept;
  [[nodiscard]] bool has_ended() const noexcept { return state.load() >= State::ended; }

  // --- by the thread itself ---
  void begins(ThreadRecord& of_record) noexcept;
  // What its units do, as it was asked for with ThreadRecord::kReport; it becomes the thread's.
  void answers(Message* what) noexcept;
  // The result is in place. Says whether somebody waits for it.
  [[nodiscard]] bool result_is_awaited() noexcept;
  // Those who wait are woken. It may be asked for nothing any more.
  void ends(Result how) noexcept;
  // Nothing is left of it but what handles may ask.
  void closes() noexcept;

  const Ref<Program> program;
  const bool is_main;
  std::atomic<State> state{State::created};
  Result result = Result::none;      // constant once ended, as are the next two
  Ref<Message> values;               // the results, or the error; null = none
  Ref<Message> traceback;            // of the error: plain text
  Ref<Message> call;                 // what it is to do: the thread's own, as is the next
  Ref<Message> surroundings;         // what must be in place before `call` is decoded
  std::atomic<bool> daemon{false};   // constant once started
  std::uint32_t early_requests = 0;  // guarded by the mutex, as are the next ones
  bool named = false;
  char name[kMostName + 1] = {};
  Ref<ThreadRecord> record;  // null while it cannot be asked
  std::int64_t native_id = 0;
  Ref<Message> report;        // the last answer
  std::uint64_t reports = 0;  // how often it has answered
  HeldLink listed;            // in Program::threads; guarded by the program
  SharedWaitList waiting;     // for its end
  SharedWaitList beginning;   // begun_op
  SharedWaitList closing;     // closed_op
};

// Calls visit(unit) for each thread of the program that was started and is not closed, the oldest
// first. The program's mutex is held meanwhile.
template <typename Visit>
void each_unclosed_thread(Program& program, const Visit& visit) {
  MutexLock lock(program.mutex);
  for (Link* link = program.threads.next.get(); link != &program.threads; link = link->next.get()) {
    visit(static_cast<ThreadUnit&>(*static_cast<HeldLink*>(link)->object));
  }
}

// The same for those that are alive.
template <typename Visit>
void each_thread(Program& program, const Visit& visit) {
  each_unclosed_thread(program, [&](ThreadUnit& unit) {
    if (!unit.has_ended()) visit(unit);
  });
}

// Asks every thread of the program but `self` what its units do, and waits for the answers until
// `deadline`. Calls visit(unit, message) for each; the message is a copy that the visitor drops, or
// null when the thread did not answer in time. `serve` is called while it waits, to answer others.
struct ReportVisitor {
  virtual void serve() noexcept = 0;
  virtual void visit(ThreadUnit& unit, Message* message) = 0;

 protected:
  ~ReportVisitor() = default;
};
void ask_for_reports(ThreadUnit& self, ThreadRecord& own, Nanos deadline, ReportVisitor& visitor);

// What the system's threads do: implemented by the layer that knows Lua.
struct ThreadBody {
  // Makes what can be made before it is known what is to run, on a thread that has nothing to do;
  // a thread of that program, most likely. Null when there is no memory.
  void* (*prepare)(Program& program) noexcept;
  // Runs the unit from begins() to closes(), with what prepare() made, which is gone then.
  void (*run)(ThreadUnit& unit, void* prepared) noexcept;
  void (*discard)(void* prepared) noexcept;
};
void set_thread_body(const ThreadBody& body) noexcept;

}  // namespace braid::runtime
