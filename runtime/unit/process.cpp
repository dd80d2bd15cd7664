#include "unit/process.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

#include "arena/arena.hpp"
#include "sched/preempt.hpp"
#include "unit/sweep.hpp"
#include "unit/zygote.hpp"

namespace braid::runtime {
namespace {

const ObjectType kType{
    .name = "Process",
    .destroy = [](Object& object) noexcept { arena::destroy(static_cast<ProcessUnit*>(&object)); },
    .attempt = attempt_run_unit,
    .enqueue = enqueue_run_unit,
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
    .untaken = [](Object&, SharedWaitNode&) noexcept {},
};
constinit std::atomic<ProcessUnit*> g_this_process{nullptr};
constinit std::atomic<ThreadRecord*> g_reporter{nullptr};  // who prints reports, while it can

void on_signal(int number, siginfo_t* info, void*) {
  if (info->si_code == SI_KERNEL) return;  // from the terminal
  const int saved = errno;
  if (number == SIGINT) {
    if (g_this_process.load()->interrupted.load()) {
      signal(SIGINT, SIG_DFL);
      raise(SIGINT);
    }
  } else if (ThreadRecord* reporter = g_reporter.load()) {
    reporter->request(ThreadRecord::kDump);
    preempt::signal_thread(*reporter);
  }
  errno = saved;
}

void handle(int number) noexcept {
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);
}

// Does that signal end a process, whatever it waits for?
bool may_end(int number) noexcept {
  switch (number) {
    case 0:
    case SIGQUIT:  // prints what the units do
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGCONT:
    case SIGCHLD:
    case SIGURG:
    case SIGWINCH: return false;
    default: return true;
  }
}

[[maybe_unused]] const bool g_defined = (define(ObjectKind::process, kType), true);

}  // namespace

ProcessUnit* this_process() noexcept { return g_this_process; }

bool starts_cancelled(const Family& family) noexcept {
  const bool is_detached = g_this_process != nullptr && g_this_process.load()->detached;
  return family.cancelled.load() && !is_detached;
}

void becomes(ProcessUnit& unit) noexcept { g_this_process = &unit; }

ProcessUnit& main_process(Family& family) {
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  if (g_this_process == nullptr) {
    auto* unit = arena::create<ProcessUnit>(family);
    unit->set_name("MainProcess");
    unit->pid = getpid();
    unit->native_id = unit->pid;
    unit->exit_code = -SIGKILL;  // if it has no time to say more
    unit->state.store(RunUnit::State::running);
    g_this_process = unit;
  }
  return *g_this_process;
}

bool ProcessUnit::start(Message* to_call, Message* to_prepare) {
  StartingPlace* here = note_place();
  State expected = State::created;
  if (!state.compare_exchange_strong(expected, State::running)) {
    drop_place(here);
    return false;
  }
  drop_place(place.get());
  place = here;
  call = to_call;
  surroundings = to_prepare;
  start_error = 0;
  parent_pid = getpid();
  if (!parent) {
    parent = &main_process(*family);
    retain(*parent);
  }
  retain(*this);
  {
    MutexLock lock(family->mutex);
    listed.insert_before(family->units);
  }
  if (starts_cancelled(*family) && !detached) cancel();
  try {
    ask_zygote(*family, *this);
  } catch (...) {
    {
      MutexLock lock(family->mutex);
      listed.unlink();
    }
    call = surroundings = nullptr;
    state.store(State::created);
    drop(*this);
    throw;
  }
  return true;
}

void ProcessUnit::was_not_started() noexcept {
  drop_call();
  MutexLock lock(mutex);
  native_id = 0;
  state.store(State::created);
}

void ProcessUnit::is_signalled(int number) noexcept {
  if (number == SIGINT) interrupted.store(true);
  if (may_end(number)) listed.signalled = true;
}

int ProcessUnit::signal(int number) noexcept {
  {
    MutexLock lock(family->mutex);
    is_signalled(number);
  }
  MutexLock lock(mutex);
  if (pid == 0 || state.load() == State::closed) return ESRCH;
  return kill(pid, number) == 0 ? 0 : errno;
}

bool ProcessUnit::forked(std::int32_t as_pid) noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  if (pid != 0) return pid == as_pid;
  pid = as_pid;
  native_id = as_pid;
  beginning.claim_all(wakeups);
  return true;
}

void ProcessUnit::could_not_fork(int error) noexcept {
  {
    MutexLock lock(family->mutex);
    listed.unlink();
  }
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    start_error = error;
    native_id = -1;
    beginning.claim_all(wakeups);
  }
  drop(*this);
}

void take_signals(const ProcessUnit& unit) noexcept {
  handle(SIGQUIT);
  if (!unit.detached) handle(SIGINT);
}

void ProcessUnit::has_program(Program& program) noexcept {
  g_reporter.store(program.main.get());
  MutexLock lock(family->mutex);
  listed.program = &program;
}

void ProcessUnit::program_ends() noexcept {
  g_reporter.store(nullptr);
  MutexLock lock(family->mutex);
  listed.program = nullptr;
}

void ProcessUnit::is_gone(int status) noexcept {
  exit_code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  Ref<Program> left;
  {
    MutexLock lock(family->mutex);
    left = listed.program;
    listed.program = nullptr;
  }
  if (left) {
    sweep(*left, pid);
  } else {
    sweep_unlisted(*family, pid);
  }
  if (!has_ended()) ends(Result::failed);
  has_closed();
  // Only now: until those who waited for it are awake it counts for them.
  {
    MutexLock lock(family->mutex);
    listed.unlink();
  }
  if (!family->somebody_is_awake() && family->main) family->main->parker.unpark();
  drop(*this);
}

void ProcessUnit::first_is_gone() noexcept {
  if (!has_ended()) {
    sweep_unlisted(*family, pid);
    family->main_is_gone.store(true);
    ends(Result::failed);
  }
  has_closed();
}

}  // namespace braid::runtime
