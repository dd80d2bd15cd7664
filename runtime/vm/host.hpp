// Braid inside one Lua state: its scheduler, its tasks, and where the running code is.
// Lives in a userdata of the state's registry and goes with it. Nothing here assumes that it owns
// the process: the state may be the braid program's, a stock interpreter's or an application's.
#pragma once

#include <array>
#include <cstdint>
#include <lua.hpp>
#include <string>
#include <vector>

#include "park/holdings.hpp"
#include "sched/preempt.hpp"
#include "sched/scheduler.hpp"
#include "vm/task.hpp"

namespace braid::vm {

// What a coroutine that waits yields (kParked): it is handed outwards, resume by resume, to the
// scheduler. It stays on top of the coroutine's stack while it is parked, and is nowhere else;
// below an empty stack there is a function, so asking is always allowed.
inline char kParked = 0;
[[nodiscard]] inline bool is_parked(lua_State* co) noexcept {
  return lua_touserdata(co, -1) == &kParked;
}

// The userdata types that bindings check arguments for.
enum class Type : std::uint8_t {
  task,
  scope,
  deadline,
  watch,
  timer,
  batch,
  selection,
  local_queue,
  shared_memory,
  memory_buffer,
  work,
  count
};

class Host final : public runtime::Runner {
 public:
  // The host of L's state; it must have been attached.
  static Host& of(lua_State* L) noexcept {
    // Almost every call comes from the coroutine that was resumed last, and that is one state's.
    Host* host = t_current;
    if (host != nullptr && host->current_ == L) [[likely]]
      return *host;
    return find(L);
  }
  // Makes the host of L's state, or finds the one that is there. Without a program it begins one of
  // its own, and its thread is the main one.                                        [-0, +0, m]
  static Host& attach(lua_State* L, runtime::Program* program = nullptr);

  // --- for the program or application around it ---

  // To be called before the first interrupt(), in the thread of the state: takes SIGURG, which is
  // how a unit that is busy is reached.
  void enable_interrupt() noexcept { runtime::preempt::enroll(scheduler_); }
  // The main chunk raises "interrupted!" at its next instruction or wait. Any thread, and
  // signal handlers.
  void interrupt() noexcept { scheduler_.interrupt(); }
  // What all units do is printed on stderr. As interrupt().
  void request_dump() noexcept { scheduler_.request(runtime::ThreadRecord::kDump); }
  enum class Drained { all, deadlock, interrupted, no_memory };
  // The main chunk is over: waits until every task has ended.
  Drained drain(lua_State* L) noexcept;
  // The same for an operation on something shared.
  Drained drain(lua_State* L, runtime::Object& object, std::uint32_t operation,
                const char* what) noexcept;
  // Timers of the script fire no more.
  void cancel_all() noexcept;
  // From the main chunk: gives everybody who is ready a turn, does not wait.
  void step(lua_State* L) noexcept;
  // 0 = a task is ready, -1 = nothing is pending.
  [[nodiscard]] std::int64_t next_timeout_ns() const noexcept;
  // What each unit that is left waits for, for a person to read.
  std::string deadlock_report(lua_State* L);
  void push_deadlock_report(lua_State* L);
  // Has the report say more of a wait than `what`, the very pointer that it was begun with:
  // `describe` pushes a text.                                                       [-0, +1, m]
  using Describe = void (*)(lua_State* L, const runtime::Unit& unit);
  void describe_wait(const char* what, Describe describe) noexcept;
  // The unit that owns what others wait for, in a buffer as large as Waiter::name; "" = there is
  // none. The object lives.
  static void name_holder(runtime::Object& object, char* to) noexcept;
  // Called with that report when nothing can wake anybody any more. Without a handler the main
  // chunk's wait raises `deadlock`.
  void on_deadlock(void (*handler)(const char* report)) noexcept { deadlock_handler_ = handler; }
  // Called after each module that `require` has loaded.
  void on_module(void (*hook)(lua_State* L) noexcept) noexcept { module_hook_ = hook; }
  void module_loaded(lua_State* L) noexcept {
    if (module_hook_ != nullptr) module_hook_(L);
  }
  // Called when the state is closed and its tasks have ended; `may_wait` for others, too.
  void on_close(void (*hook)(lua_State* L, bool may_wait)) noexcept { close_hook_ = hook; }
  // When the state is closed, tasks that are left are run to their end first.
  void drain_on_close() noexcept { drain_on_close_ = true; }
  // The code of the main unit has gone on, or has started something: what has a finalizer by now is
  // still needed when the state is closed.                                          [-0, +0, -]
  void keep_until_drained(lua_State* L) noexcept {
    if (drain_on_close_ && scheduler_.runs_main()) [[unlikely]]
      renew_drain(L);
  }
  // The state is about to be closed by its own code: nobody may wait any more.
  void exit_now() noexcept { exiting_ = true; }

  // --- for bindings ---

  [[nodiscard]] runtime::Scheduler& scheduler() noexcept { return scheduler_; }
  [[nodiscard]] runtime::Program& program() noexcept { return program_; }
  [[nodiscard]] runtime::Holdings& holdings() noexcept { return holdings_; }
  // The thread that this host runs in, as others see it.
  void set_thread(runtime::Object& thread) noexcept { thread_ = &thread; }
  [[nodiscard]] runtime::Object* thread() const noexcept { return thread_; }
  // Null in the main chunk.
  [[nodiscard]] Task* current_task() noexcept {
    runtime::Unit& unit = scheduler_.current();
    return &unit == &scheduler_.main() ? nullptr : static_cast<Task*>(&unit);
  }
  // The coroutine that braid resumed last: the one whose yields reach the scheduler.
  [[nodiscard]] lua_State* current_coroutine() const noexcept { return current_; }
  // Is L the body of the task that runs, in whatever state?
  [[nodiscard]] static bool is_task_body(lua_State* L) noexcept { return L == t_task_body; }
  [[nodiscard]] bool can_yield(lua_State* L) const noexcept {
    return L == current_ && lua_isyieldable(L);
  }
  // Why code of L may not wait, or null.
  [[nodiscard]] const char* refusal(lua_State* L) const noexcept;
  // Parks the C stack of the parked running unit until it is woken.                [-0, +0, e]
  void leave(lua_State* L);

  // spawn(fn, args...): pops fn and `args` values, pushes the task.                [-(n+1), +1, m]
  Task& spawn(lua_State* L, int args);
  void push_task(lua_State* L, const Task& task);
  // Pushes the table of rarely needed things of the task at `index`.                 [-0, +1, m]
  void push_extras(lua_State* L, int index);
  [[nodiscard]] bool owns_coroutine(lua_State* co) const noexcept;

  // The name of a task that lives, or of the one at a positive index.              [-0, +1, m]
  static void push_name(lua_State* L, const Task& task);
  static void push_name_at(lua_State* L, int index);
  // The name of the thread.
  [[nodiscard]] const char* thread_name() const noexcept { return thread_name_.data(); }
  void set_thread_name(const char* name) noexcept;

  // The error of the running unit's cancellation, which counts as raised by this.   [-0, +1, m]
  void push_cancelled(lua_State* L);
  // Raises the running unit's cancellation.                                         [-0, +0, e]
  [[noreturn]] void raise_cancelled(lua_State* L);
  // Pushes the error of a wait that ended by itself, not by what it waited for.     [-0, +1, m]
  void push_wake_error(lua_State* L, runtime::Wake wake);
  // Somebody has taken the error of this failed task: it will not be reported.      [-0, +0, -]
  void take_error(lua_State* L, int index);
  // The error of this failed task is raised in another unit; should it reach the top there, its own
  // traceback is shown too.                                                       [-0, +0, m]
  void crosses(lua_State* L, int index);
  // The same for any error from a `unit`, a literal: pops it and its traceback, or nil. [-2, +0, m]
  void set_origin(lua_State* L, const char* unit = "task");
  // Is the error at `index` the one that last crossed into the running unit?        [-0, +0, m]
  bool has_origin(lua_State* L, int index);
  // Pushes what luaL_traceback says at the caller of a message handler and, if the error at `index`
  // came from another unit, its traceback there.                                    [-0, +1, m]
  void push_tracebacks(lua_State* L, int index, const char* message);
  // An error has left the running unit. Was it a cancellation because of a task that failed, by a
  // scope that nobody closed? Then the failure itself takes its place on top of the stack, with the
  // tracebacks of both above it.                                                    [-0, +0|1, m]
  bool unmask_cancelled(lua_State* L);
  // One line on stderr about the error on top of the stack.
  void report(lua_State* L, const char* where) noexcept;
  // Pushes a list with a table for each unit of this thread: kind, name, id, state, waits_for,
  // holder, since, traceback.                                                               [-0,
  // +1, m]
  void push_units(lua_State* L);
  // What report() does; and what pushes the text of a report of all units.
  void on_report(void (*answer)(Host& host), void (*push_text)(lua_State* L)) noexcept {
    answer_report_ = answer;
    push_report_text_ = push_text;
  }
  // What cancel_work() does.
  void on_cancel_work(void (*cancel)(Host& host) noexcept) noexcept { cancel_work_ = cancel; }
  // A stack that belongs to no unit, for code that runs between them.
  [[nodiscard]] lua_State* scratch() const noexcept { return scratch_; }
  // Reports, now, what nobody has taken, oldest first.                              [-0, +0, -]
  void report_untaken(lua_State* L) noexcept;

  void set_type(Type type, const void* metatable) noexcept {
    types_[static_cast<std::size_t>(type)] = metatable;
  }
  [[nodiscard]] const void* type(Type type) const noexcept {
    return types_[static_cast<std::size_t>(type)];
  }

  // Yields out of the coroutine L because its unit waits. Returned by a lua_CFunction.
  int yield_parked(lua_State* L, lua_KContext context, lua_KFunction resumed) noexcept {
    parked_ = L;
    lua_pushlightuserdata(L, &kParked);
    return lua_yieldk(L, 1, context, resumed);
  }
  // Was the yield that has just left co such a one?
  [[nodiscard]] bool has_parked(const lua_State* co) const noexcept { return parked_ == co; }
  // The coroutine that waited goes on.
  void resume_parked(lua_State* co) noexcept {
    parked_ = nullptr;
    lua_pop(co, 1);  // kParked
  }

  // The metatable of the handles of one kind; null = not registered yet.
  void set_handle_type(runtime::ObjectKind kind, const void* metatable) noexcept {
    handle_types_[static_cast<std::size_t>(kind)] = metatable;
  }
  [[nodiscard]] const void* handle_type(runtime::ObjectKind kind) const noexcept {
    return handle_types_[static_cast<std::size_t>(kind)];
  }

  // Going into a coroutine and coming back from it (coroutine_lib).
  lua_State* enter(lua_State* co) noexcept {
    lua_State* outer = current_;
    current_ = co;
    return outer;
  }
  void back(lua_State* outer, lua_State* from) noexcept {
    current_ = outer;
    if (hooked_ == from) restore_hook();
  }

  // Runner.
  void step(runtime::Unit& unit) noexcept override;
  void request_checkpoint() noexcept override;
  void ran_long(runtime::Unit& unit, runtime::Nanos nanos) noexcept override;
  void name_unit(const runtime::Unit& unit, char* to, std::size_t size) noexcept override;
  void report() noexcept override;
  void dump() noexcept override;
  void cancel_work() noexcept override {
    if (cancel_work_ != nullptr) cancel_work_(*this);
  }

 private:
  // Throws std::bad_alloc.
  Host(lua_State* L, runtime::Program& program);
  ~Host() override;
  static Host* create(void* block, lua_State* L, runtime::Program* program) noexcept;
  static Host& find(lua_State* L) noexcept;
  static int collect(lua_State* L);
  void renew_drain(lua_State* L) noexcept;
  void drain_at_end(lua_State* L) noexcept;
  bool may_check(lua_State* L) noexcept;
  static void checkpoint_hook(lua_State* L, lua_Debug* event);
  static int task_body(lua_State* L);
  static int task_end(lua_State* L, int status, lua_KContext context);
  static int task_error_handler(lua_State* L);

  void checkpoint(lua_State* L);
  void restore_hook() noexcept;
  Drained outwait(lua_State* L) noexcept;
  static Drained no_memory_to_drain() noexcept;
  // The running unit has its C stack again.
  void back_on_stack(lua_State* inside) noexcept;
  void ended(lua_State* co, Task& task);
  // The error on top of the stack is that of the task at `task_index`: should nobody take it, it is
  // reported.                                                                       [-0, +0, m]
  void guard_error(lua_State* L, int task_index);
  static int collect_untaken(lua_State* L);
  static int report_all_untaken(lua_State* L);
  void arm(Untaken& untaken) noexcept;
  void disarm(Untaken& untaken) noexcept;
  // What the unit waits for, in words.                                              [-0, +1, m]
  void push_wait(lua_State* L, const runtime::Unit& unit);
  bool push_cause(lua_State* L);
  // What a cancellation says that the task on top of the stack has caused.          [-0, +1.., m]
  static void push_cause_message(lua_State* L);
  void fail_with_top(Task& task, lua_State* co) noexcept;
  void recycle(lua_State* co) noexcept;
  void set_slot(lua_State* L, int slot);
  void release_slot(lua_State* L, int slot) noexcept;

  // Enough for bursts; a megabyte at the most.
  static constexpr int kPooledCoroutines = 1024;

  inline static thread_local constinit Host* t_current = nullptr;
  inline static thread_local constinit lua_State* t_task_body = nullptr;

  runtime::Program& program_;
  bool owns_program_ = false;
  runtime::Scheduler scheduler_;
  runtime::Holdings holdings_;
  const void* registry_;
  lua_State* main_;                    // the state's main coroutine
  lua_State* current_;                 // volatile in effect: the signal handler reads it
  const lua_State* parked_ = nullptr;  // whose yield is on its way to the scheduler
  lua_State* scratch_;                 // a stack for the scheduler's own few pushes
  int tasks_ref_ = LUA_NOREF;
  int pool_ref_ = LUA_NOREF;
  int untaken_ref_ = LUA_NOREF;
  const char* crossed_from_ = "";   // what kind of unit it came from
  std::uint64_t crossed_into_ = 0;  // the unit's id; the error is in the registry
  Untaken* oldest_untaken_ = nullptr;
  Untaken* newest_untaken_ = nullptr;
  int failed_ref_ = LUA_NOREF;   // Unit* -> failed task, weak
  int pooled_ = 0;               // coroutines in the pool
  int pool_room_ = 0;            // slots its table has
  std::vector<int> free_slots_;  // of the table of tasks
  int slots_ = 0;

  int own_instructions_ = 0;     // that the script has run since checkpoint_hook was set
  lua_State* hooked_ = nullptr;  // where checkpoint_hook stands in for the script's own hook
  lua_Hook saved_hook_ = nullptr;
  int saved_mask_ = 0;
  int saved_count_ = 0;

  std::array<const void*, static_cast<std::size_t>(Type::count)> types_{};
  std::array<const void*, static_cast<std::size_t>(runtime::ObjectKind::count)> handle_types_{};
  struct Description {
    const char* what = nullptr;
    Describe describe = nullptr;
  };
  std::array<Description, 8> descriptions_{};
  void (*deadlock_handler_)(const char*) = nullptr;
  void (*close_hook_)(lua_State* L, bool may_wait) = nullptr;
  void (*module_hook_)(lua_State* L) noexcept = nullptr;
  void (*answer_report_)(Host& host) = nullptr;
  void (*push_report_text_)(lua_State* L) = nullptr;
  void (*cancel_work_)(Host& host) noexcept = nullptr;
  runtime::Object* thread_ = nullptr;
  std::array<char, 48> thread_name_{"MainThread"};
  bool drain_on_close_ = false;
  const void* drain_ = nullptr;  // whose finalizer drains
  bool exiting_ = false;
};

}  // namespace braid::vm
