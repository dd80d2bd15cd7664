#include "unit/process.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

#include "arena/arena.hpp"
#include "arena/recovery.hpp"
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
constinit ProcessUnit* g_this_process = nullptr;

[[maybe_unused]] const bool g_defined = (define(ObjectKind::process, kType), true);

}  // namespace

ProcessUnit* this_process() noexcept { return g_this_process; }

void becomes(ProcessUnit& unit) noexcept { g_this_process = &unit; }

ProcessUnit& main_process(Family& family) {
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  if (g_this_process == nullptr) {
    auto* unit = arena::create<ProcessUnit>(family);
    unit->set_name("MainProcess");
    unit->pid = getpid();
    unit->native_id = unit->pid;
    unit->state.store(RunUnit::State::running);
    g_this_process = unit;
  }
  return *g_this_process;
}

bool ProcessUnit::start(Message* to_call, Message* to_prepare) {
  Place* here = note_place();
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
  drop_message(call.get());
  drop_message(surroundings.get());
  call = surroundings = nullptr;
  MutexLock lock(mutex);
  native_id = 0;
  state.store(State::created);
}

int ProcessUnit::signal(int number) noexcept {
  {
    MutexLock lock(family->mutex);
    listed.signalled |= number != 0;
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

void ProcessUnit::has_program(Program& program) noexcept {
  MutexLock lock(family->mutex);
  listed.program = &program;
}

void ProcessUnit::program_ends() noexcept {
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
  arena::recover_process(pid, leave_claims);
  if (left) sweep(*left);
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

}  // namespace braid::runtime
