// A thread of the program, as every unit may hold a handle to it, and the system's threads that run
// them. What a thread runs is the business of the layer that knows Lua (ThreadBody).
#pragma once

#include "park/message.hpp"
#include "park/operation.hpp"
#include "park/thread_record.hpp"

namespace braid::runtime {

// One thread: made, started at most once, ended.
//   Units:   any method from any thread or process at once, but for what is said below.
//   Waits:   join and result until it has ended; a deadline or a cancel ends the wait, not the
//   thread. Order:   what the thread wrote is visible after the join that its end completes. Death:
//   ends with its process. Errors:  returned.          Cost: start about 20 us with a warm thread,
//   60 us without. Tests:   tests/spec/thread_spec.lua
struct ThreadUnit : Object {
  // result_op says, by waiting, that somebody will take an error.
  enum Operation : std::uint32_t { join_op, result_op };
  // created -> running -> ended
  enum class State : std::uint8_t { created, running, ended };
  enum class Result : std::uint8_t { none, returned, failed, cancelled };

  explicit ThreadUnit(Program& of_program) noexcept
      : Object(ObjectKind::thread), program(&of_program), listed(*this) {}

  // Throws std::bad_alloc; std::system_error when the system has no more threads. The thread is as
  // before then. `start` becomes the thread's.
  void start(Message* start_message);
  // Asks it to cancel all its units. False when it has ended.
  bool cancel() noexcept;
  // Asks the thread for something while it runs.
  void request(std::uint32_t what) noexcept;
  void set_name(const char* text) noexcept;

  // --- by the thread itself ---
  void begins(ThreadRecord& of_record) noexcept;
  // What its units do, as it was asked for with ThreadRecord::kReport; it becomes the thread's.
  void answers(Message* what) noexcept;
  // The result is in place. Says whether somebody waits for it.
  [[nodiscard]] bool result_is_awaited() noexcept;
  // Those who wait are woken. It may be asked for nothing any more.
  void ends(Result how) noexcept;

  static constexpr std::size_t kNameBytes = 48;

  const Ref<Program> program;
  std::atomic<State> state{State::created};
  Result result = Result::none;     // constant once ended, as are the next two
  Ref<Message> values;              // the results, or the error
  Ref<Message> traceback;           // of the error: plain text
  Ref<Message> start_message;       // the thread's own, until it has begun
  std::atomic<bool> daemon{false};  // constant once started
  bool cancelled = false;           // guarded by the mutex, as are the next ones
  char name[kNameBytes] = {};
  Ref<ThreadRecord> record;  // null while it cannot be asked
  std::uint64_t ident = 0;
  std::int64_t native_id = 0;
  Ref<Message> report;        // the last answer
  std::uint64_t reports = 0;  // how often it has answered
  HeldLink listed;            // in Program::threads; guarded by the program
  SharedWaitList waiting;
};

// Calls visit(unit) for each thread of the program that is alive, the oldest first. The program's
// mutex is held meanwhile.
template <typename Visit>
void each_thread(Program& program, const Visit& visit) {
  MutexLock lock(program.mutex);
  for (Link* link = program.threads.next.get(); link != &program.threads; link = link->next.get()) {
    visit(static_cast<ThreadUnit&>(*static_cast<HeldLink*>(link)->object));
  }
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
  // Makes what can be made before it is known what is to run, on a thread that has nothing to do.
  // Null when there is no memory.
  void* (*prepare)() noexcept;
  // Runs the unit from begins() to ends(), with what prepare() made, which is gone then.
  void (*run)(ThreadUnit& unit, void* prepared) noexcept;
  void (*discard)(void* prepared) noexcept;
};
void set_thread_body(const ThreadBody& body) noexcept;

}  // namespace braid::runtime
