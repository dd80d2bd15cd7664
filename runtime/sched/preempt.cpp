#include "sched/preempt.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>

#include "sched/scheduler.hpp"

namespace braid::runtime::preempt {
namespace {

constexpr Nanos kLookAgain = 5'000'000;

struct sigaction g_before;  // written once, before our handler can run

// What the signal handler of this thread reads. Plain values with constant initialisation, so that
// reading them in a handler runs no code.
struct ThreadState {
  std::atomic<Scheduler*> scheduler{nullptr};
  volatile sig_atomic_t fired = 0;
  Nanos armed = kForever;
  timer_t timer{};
  bool has_timer = false;

  ~ThreadState() {
    if (has_timer) timer_delete(timer);
  }
};
thread_local ThreadState t_state;

void set_timer(Nanos deadline) noexcept {
  itimerspec when{};
  when.it_value.tv_sec = deadline / kNanosPerSecond;
  when.it_value.tv_nsec = deadline % kNanosPerSecond;
  if (timer_settime(t_state.timer, TIMER_ABSTIME, &when, nullptr) == 0) t_state.armed = deadline;
}

void disarm() noexcept {
  const itimerspec never{};
  timer_settime(t_state.timer, 0, &never, nullptr);
}

void on_signal(int number, siginfo_t* info, void* context) {
  const int saved = errno;
  Scheduler* scheduler = t_state.scheduler.load(std::memory_order_relaxed);
  const bool ours = info->si_code == SI_TIMER || info->si_code == SI_TKILL;
  if (ours) {
    t_state.fired = 1;
    // Until somebody answers it comes again: the code that was asked may just have been left, or
    // the next one not have begun.
    if (t_state.has_timer && scheduler != nullptr && scheduler->awaits_checkpoint()) {
      set_timer(monotonic_now() + kLookAgain);
    }
    if (scheduler != nullptr) scheduler->on_preempt_signal();
  } else if ((g_before.sa_flags & SA_SIGINFO) != 0) {
    g_before.sa_sigaction(number, info, context);
  } else if (g_before.sa_handler != SIG_DFL && g_before.sa_handler != SIG_IGN) {
    g_before.sa_handler(number);
  }
  errno = saved;
}

void install_handler() noexcept {
  static std::once_flag once;
  std::call_once(once, [] {
    sigaction(SIGURG, nullptr, &g_before);
    struct sigaction action {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGURG, &action, nullptr);
  });
}

void make_timer() noexcept {
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGURG;
#ifdef sigev_notify_thread_id
  event.sigev_notify_thread_id = static_cast<pid_t>(syscall(SYS_gettid));
#else
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
#endif
  if (timer_create(CLOCK_MONOTONIC, &event, &t_state.timer) != 0) return;
  t_state.has_timer = true;
}

}  // namespace

void enroll(Scheduler& scheduler) noexcept {
  install_handler();
  if (!t_state.has_timer) make_timer();
  t_state.scheduler.store(&scheduler, std::memory_order_relaxed);
}

void arm(Scheduler& scheduler, Nanos deadline) noexcept {
  enroll(scheduler);
  if (!t_state.has_timer) return;
  if (deadline < t_state.armed) set_timer(deadline);
}

void look_soon(Scheduler& scheduler) noexcept { arm(scheduler, monotonic_now() + kLookAgain); }

bool take_fired() noexcept {
  if (!t_state.fired) return false;
  t_state.fired = 0;
  t_state.armed = kForever;
  return true;
}

void rearm(Nanos deadline) noexcept {
  if (!t_state.has_timer) return;
  if (deadline == kForever) return disarm();
  const Nanos soonest = monotonic_now() + kLookAgain;
  set_timer(deadline > soonest ? deadline : soonest);
}

void signal_thread(const ThreadRecord& thread) noexcept {
  syscall(SYS_tgkill, thread.process_id, thread.thread_id.load(), SIGURG);
}

void forget(Scheduler& scheduler) noexcept {
  Scheduler* expected = &scheduler;
  t_state.scheduler.compare_exchange_strong(expected, nullptr);
}

}  // namespace braid::runtime::preempt
