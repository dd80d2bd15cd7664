// A process of the program, as every unit may hold a handle to it.
#pragma once

#include "unit/place.hpp"
#include "unit/run_unit.hpp"

namespace braid::runtime {

// One process that was started by another one of its program.
//   Death:   seen by the zygote, which ends it for all who wait and takes it out of what it was in.
//   Errors:  what start() throws.
//   Cost:    start + join: see docs/benchmarks.md.         Tests: tests/spec/process_*_spec.lua
struct ProcessUnit : RunUnit {
  explicit ProcessUnit(Family& of_family) noexcept
      : RunUnit(ObjectKind::process), family(&of_family), listed(*this) {
    retain(of_family);
  }
  ~ProcessUnit() {
    drop_place(place.get());
    if (parent) drop(*parent);
    drop(*family);
  }

  // The zygote could not fork: it is as before start(). By whoever called that.
  void was_not_started() noexcept;
  // As ThreadUnit::start(): asks the zygote. Whether it could fork is known when begun_op is done:
  // then start_error is 0 or an errno.
  [[nodiscard]] bool start(Message* call, Message* surroundings);
  // A signal is about to be sent to it. The family's mutex is held.
  void is_signalled(int number) noexcept;
  // Sends it a signal. Returns an errno; ESRCH when it has ended.
  int signal(int number) noexcept;

  // --- by the zygote, and the first one by the process, too ---
  // False when another process is already what this is about.
  bool forked(std::int32_t as_pid) noexcept;
  void could_not_fork(int error) noexcept;
  // The system has no such process any more. `status` as waitpid() gives it.
  void is_gone(int status) noexcept;
  // The same for the first process of a program: it is gone, or it has ended and waits only for the
  // zygote to leave.
  void first_is_gone() noexcept;

  // --- by the process itself ---
  void has_program(Program& program) noexcept;
  void program_ends() noexcept;

  const Ref<Family> family;
  std::int32_t pid = 0;
  std::int32_t parent_pid = 0;  // who started it, as is the next
  Ref<ProcessUnit> parent;
  Ref<StartingPlace> place;       // where it is started
  std::int32_t asked_zygote = 0;  // the pid of the one that is to fork it
  int start_error = 0;
  // Constant once closed: a status, or the negative number of a signal. The first process says it
  // itself, when it exits.
  int exit_code = 0;
  bool detached = false;
  std::atomic<bool> interrupted{false};  // somebody of the program has sent it a SIGINT
  ProcessLink listed;                    // guarded by the family
};

// The one that this process is; null in the first process of a program as long as nobody has asked
// for main_process().
[[nodiscard]] ProcessUnit* this_process() noexcept;
// The same, made for the first process of a program when it is first needed. Throws std::bad_alloc.
ProcessUnit& main_process(Family& family);

// Is what this process starts to be cancelled at once, since all of the program is?
[[nodiscard]] bool starts_cancelled(const Family& family) noexcept;

// From now on this process is that one.
void becomes(ProcessUnit& unit) noexcept;

// What a person sends to it. SIGQUIT: it prints what all units do. SIGINT from outside: nothing,
// since the first process gets Ctrl-C, too, and sees to it that the others end; unless it is
// detached. What the terminal sends is always the first one's.
void take_signals(const ProcessUnit& unit) noexcept;

// Calls visit(unit) for each process that was started and has not been seen to end, the oldest
// first. The family's mutex is held meanwhile.
template <typename Visit>
void each_process(Family& family, const Visit& visit) {
  MutexLock lock(family.mutex);
  for (Link* link = family.units.next.get(); link != &family.units; link = link->next.get()) {
    auto& unit = static_cast<ProcessUnit&>(*static_cast<HeldLink*>(link)->object);
    if (unit.state.load() != RunUnit::State::closed) visit(unit);
  }
}

}  // namespace braid::runtime
