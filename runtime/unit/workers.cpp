#include "unit/workers.hpp"

#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <mutex>
#include <system_error>

#include "arena/arena.hpp"
#include "unit/thread.hpp"

namespace braid::runtime {
namespace {

constexpr std::size_t kStackBytes = std::size_t{8} << 20;
constexpr int kWarmThreads = 8;

constinit ThreadBody g_body{};

struct Worker {
  std::condition_variable has_work;
  ThreadUnit* unit = nullptr;
  Worker* next = nullptr;
};

// Never destroyed: threads may outlive the main one's exit.
struct Pool {
  std::mutex mutex;
  Worker* idle = nullptr;
  int idle_count = 0;
};
Pool& pool() noexcept {
  static auto* instance = new Pool;
  return *instance;
}

// Waits for work; null when there are enough idle ones.
ThreadUnit* next_unit(Worker& self) noexcept {
  Pool& shared = pool();
  std::unique_lock<std::mutex> lock(shared.mutex);
  if (shared.idle_count >= kWarmThreads) return nullptr;
  self.next = shared.idle;
  shared.idle = &self;
  ++shared.idle_count;
  self.has_work.wait(lock, [&] { return self.unit != nullptr; });
  ThreadUnit* unit = self.unit;
  self.unit = nullptr;
  return unit;
}

void* work(void* first_unit) {
  Worker self;
  auto* unit = static_cast<ThreadUnit*>(first_unit);
  void* prepared = g_body.prepare();
  while (unit != nullptr) {
    g_body.run(*unit, prepared);
    drop(*unit);
    arena::leave_thread();
    prepared = g_body.prepare();
    unit = next_unit(self);
  }
  g_body.discard(prepared);
  return nullptr;
}

bool give_to_idle(ThreadUnit& unit) noexcept {
  Pool& shared = pool();
  Worker* worker = nullptr;
  {
    const std::lock_guard<std::mutex> lock(shared.mutex);
    worker = shared.idle;
    if (worker == nullptr) return false;
    shared.idle = worker->next;
    --shared.idle_count;
    worker->unit = &unit;
    worker->has_work.notify_one();
  }
  return true;
}

}  // namespace

void set_thread_body(const ThreadBody& body) noexcept { g_body = body; }

void run_in_worker(ThreadUnit& unit) {
  retain(unit);
  if (give_to_idle(unit)) return;
  // The signals of the program are the main thread's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigdelset(&all, SIGURG);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread{};
  const int error = pthread_create(&thread, &attributes, work, &unit);
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error == 0) return;
  drop(unit);
  throw std::system_error(error, std::generic_category());
}

}  // namespace braid::runtime
