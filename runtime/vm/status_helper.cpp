// The thread that draws the status lines when nobody else does: a moment after an update that came
// too soon after another, and as long as a spinner turns. It runs no Lua and is no unit, so a
// program whose units all wait in vain is found out while a spinner turns. It sleeps without an end
// when there is nothing to draw.
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>

#include "vm/status_board.hpp"

namespace braid::vm::status {
namespace {

// Not destroyed: the thread goes on until the process has ended.
struct Helper {
  std::mutex mutex;
  std::condition_variable wanted;
  std::atomic<bool> late{false};  // something was changed and not drawn
  bool runs = false;
};

Helper& helper() noexcept {
  static auto& one = *new Helper;
  return one;
}

void sleep_until(runtime::Nanos moment) noexcept {
  const timespec until{static_cast<time_t>(moment / runtime::kNanosPerSecond),
                       static_cast<long>(moment % runtime::kNanosPerSecond)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

bool a_spinner_is_up(const Board& board) noexcept {
  return std::any_of(board.rows.begin(), board.rows.end(), [](const Row& row) {
    return row.spins.load() && row.owner.load() == getpid();
  });
}

void draw_if_due(Board& board) noexcept {
  board.mutex.lock();
  if (board.up.load() > 0 && runtime::monotonic_now() >= board.next_draw.load()) {
    draw(board, STDERR_FILENO);
  }
  board.mutex.unlock();
}

void* run(void*) {
  Helper& self = helper();
  Board& drawn = *board();
  for (;;) {
    {
      std::unique_lock<std::mutex> lock(self.mutex);
      self.wanted.wait(lock, [&] { return self.late.load() || a_spinner_is_up(drawn); });
    }
    sleep_until(drawn.next_draw.load());
    self.late.store(false);
    draw_if_due(drawn);
  }
}

// Once it runs it is told by a signal alone. Signals of the process are none of its business.
void wake(Helper& self) noexcept {
  const std::lock_guard<std::mutex> lock(self.mutex);
  if (self.runs) return self.wanted.notify_one();
  constexpr std::size_t kStackBytes = 256 << 10;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread{};
  self.runs = pthread_create(&thread, &attributes, run, nullptr) == 0;
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

void draw_later() noexcept {
  Helper& self = helper();
  if (self.late.load(std::memory_order_relaxed) || self.late.exchange(true)) return;
  wake(self);
}

}  // namespace braid::vm::status
