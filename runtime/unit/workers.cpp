#include "unit/workers.hpp"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>

#include "arena/arena.hpp"
#include "unit/thread.hpp"

namespace braid::runtime {
namespace {

constexpr std::size_t kStackBytes = std::size_t{8} << 20;
// A burst of threads leaves at most so many behind, each with some 50 KB, for so long; the last few
// stay.
constexpr int kMostIdle = 64;
constexpr int kKeptIdle = 4;
constexpr std::chrono::seconds kIdleTime{5};

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

void leave(Pool& shared, const Worker& self) noexcept {
  Worker** link = &shared.idle;
  while (*link != &self) link = &(*link)->next;
  *link = self.next;
  --shared.idle_count;
}

// Waits for work; null when there are enough idle ones.
ThreadUnit* next_unit(Worker& self) noexcept {
  Pool& shared = pool();
  std::unique_lock<std::mutex> lock(shared.mutex);
  if (shared.idle_count >= kMostIdle) return nullptr;
  self.next = shared.idle;
  shared.idle = &self;
  ++shared.idle_count;
  const auto has_unit = [&self] { return self.unit != nullptr; };
  if (!self.has_work.wait_for(lock, kIdleTime, has_unit)) {
    if (shared.idle_count > kKeptIdle) {
      leave(shared, self);
      return nullptr;
    }
    self.has_work.wait(lock, has_unit);
  }
  ThreadUnit* unit = self.unit;
  self.unit = nullptr;
  return unit;
}

void* work(void* first_unit) {
  Worker self;
  auto* unit = static_cast<ThreadUnit*>(first_unit);
  void* prepared = g_body.prepare(*unit->program);
  while (unit != nullptr) {
    g_body.run(*unit, prepared);
    prepared = g_body.prepare(*unit->program);
    drop(*unit);
    arena::leave_thread();
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
  // Signals stay as they are: the system hands those of the process to its main thread first, and
  // what a thread starts (os.execute) inherits the mask.
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread{};
  const int error = pthread_create(&thread, &attributes, work, &unit);
  pthread_attr_destroy(&attributes);
  if (error == 0) return;
  drop(unit);
  throw std::system_error(error, std::generic_category());
}

}  // namespace braid::runtime
