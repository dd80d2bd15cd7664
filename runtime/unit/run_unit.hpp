// What threads and processes have in common, as every unit may hold a handle to it.
#pragma once

#include "park/message.hpp"
#include "park/operation.hpp"
#include "park/thread_record.hpp"

namespace braid::runtime {

struct Question;

// Something that runs a function of its own: made, started at most once, ended.
//   Units:   any method from any thread or process at once, but for what is said below.
//   Waits:   join and result until it has ended; a deadline or a cancel ends the wait only.
//   Order:   what it wrote is visible after the join that its end completes.
//   Errors:  returned.
struct RunUnit : Object {
  // result_op says, by waiting, that somebody will take an error; begun_op is done when native_id
  // is there, closed_op when nothing of it runs any more: its Lua state is gone.
  enum Operation : std::uint32_t { join_op, result_op, begun_op, closed_op };
  // created -> running -> ended -> closed;  running -> created when it could not be started
  enum class State : std::uint8_t { created, running, ended, closed };
  enum class Result : std::uint8_t { none, returned, failed, cancelled };
  // What it is for. The program waits for those that serve a pool only when that has nothing more
  // to do; a supervisor is in no list that scripts see.
  enum class Role : std::uint8_t { script, worker, supervisor };
  static constexpr std::size_t kMostName = 255;

  // Asks it for something (ThreadRecord::k...): now, or as soon as it runs. False when it has
  // ended.
  bool request(std::uint32_t what) noexcept;
  // Asks it to cancel all its units.
  bool cancel() noexcept { return request(ThreadRecord::kCancel); }
  // `text` has at most kMostName bytes.
  void set_name(const char* text) noexcept;
  [[nodiscard]] bool has_ended() const noexcept { return state.load() >= State::ended; }
  // Puts the question to it: it is answered as soon as it can, at the latest when it ends.
  void take_question(Question& question) noexcept;
  // The result is in place. Says whether somebody waits for it.
  [[nodiscard]] bool result_is_awaited() noexcept;

  // --- by itself ---
  void begins(ThreadRecord& of_record) noexcept;
  void drop_call() noexcept;
  // Those who wait are woken. It may be asked for nothing any more.
  void ends(Result how) noexcept;
  // Does anybody ask what its units do (ThreadRecord::kReport)?
  [[nodiscard]] bool is_asked() noexcept;
  // What they do, or null, for the one who has asked first; it becomes that one's.
  void answers(Message* what) noexcept;
  // Those who wait for closed_op are woken.
  void has_closed() noexcept;

  GuardedAtomic<State> state{State::created};
  Guarded<Result> result = Result::none;  // constant once ended, as are the next two
  Ref<Message> values;                    // the results, or the error; null = none
  Ref<Message> traceback;                 // of the error: plain text
  Ref<Message> call;                      // what it is to do: its own, as is the next
  Ref<Message> surroundings;              // what must be in place before `call` is decoded
  std::atomic<bool> daemon{false};        // constant once started, as are the next two
  std::atomic<Role> role{Role::script};
  std::atomic<bool> warns{false};  // whoever starts it has warnings on
  Guarded<std::uint32_t> early_requests = 0;
  Link questions;  // that it has not answered (Question)
  Guarded<bool> named = false;
  char name[kMostName + 1] = {};
  Guarded<Ref<ThreadRecord>> record;  // null while it cannot be asked
  Guarded<std::int64_t> native_id = 0;
  SharedWaitList waiting;    // for its end
  SharedWaitList beginning;  // begun_op
  SharedWaitList closing;    // closed_op

 protected:
  explicit RunUnit(ObjectKind of_kind) noexcept : Object(of_kind) {}
  ~RunUnit();

 private:
  // As request(). It has not ended, and the mutex is held.
  void ask(std::uint32_t what) noexcept;
};

// What both kinds have in their ObjectType.
bool attempt_run_unit(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept;
void enqueue_run_unit(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept;

}  // namespace braid::runtime
