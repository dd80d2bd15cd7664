#include "unit/workers.hpp"

#include <pthread.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <utility>

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

// One system thread; its own but for what the pool's mutex guards: `unit` and `next`.
struct Worker {
  Program* program;  // whose threads it most likely runs; held until a state is prepared
  ThreadUnit* unit;
  Worker* next = nullptr;
  std::condition_variable has_work{};
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

// The pool's mutex is held, as it is for the next one.
void enter(Pool& shared, Worker& worker) noexcept {
  worker.next = shared.idle;
  shared.idle = &worker;
  ++shared.idle_count;
}

void leave(Pool& shared, const Worker& worker) noexcept {
  Worker** link = &shared.idle;
  while (*link != &worker) link = &(*link)->next;
  *link = worker.next;
  --shared.idle_count;
}

bool enter_if_few(Worker& self) noexcept {
  Pool& shared = pool();
  const std::lock_guard<std::mutex> lock(shared.mutex);
  if (shared.idle_count >= kMostIdle) return false;
  enter(shared, self);
  return true;
}

// Waits for work; null when there are enough idle ones.
ThreadUnit* next_unit(Worker& self) noexcept {
  Pool& shared = pool();
  std::unique_lock<std::mutex> lock(shared.mutex);
  const auto has_unit = [&self] { return self.unit != nullptr; };
  if (!self.has_work.wait_for(lock, kIdleTime, has_unit)) {
    if (shared.idle_count > kKeptIdle) {
      leave(shared, self);
      return nullptr;
    }
    self.has_work.wait(lock, has_unit);
  }
  return std::exchange(self.unit, nullptr);
}

void* work(void* worker);

// A thread that runs `unit`, or waits for the first one if that is null; the error otherwise.
int create_thread(Program& program, ThreadUnit* unit, Worker*& worker) noexcept {
  worker = new (std::nothrow) Worker{&program, unit};
  if (worker == nullptr) return ENOMEM;
  retain(program);
  // Signals stay as they are: the system hands those of the process to its main thread first, and
  // what a thread starts (os.execute) inherits the mask.
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread{};
  const int error = pthread_create(&thread, &attributes, work, worker);
  pthread_attr_destroy(&attributes);
  if (error == 0) return 0;
  drop(program);
  delete worker;
  return error;
}

void* work(void* worker) {
  const std::unique_ptr<Worker> self(static_cast<Worker*>(worker));
  void* prepared = g_body.prepare(*self->program);
  drop(*self->program);
  do {
    ThreadUnit* unit = next_unit(*self);
    if (unit == nullptr) break;
    g_body.run(*unit, prepared);
    prepared = g_body.prepare(*unit->program);
    drop(*unit);
    arena::leave_thread();
  } while (enter_if_few(*self));
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
  Worker* worker = nullptr;
  const int error = create_thread(*unit.program, &unit, worker);
  if (error == 0) return;
  drop(unit);
  throw std::system_error(error, std::generic_category());
}

void make_spare(Program& program) noexcept {
  Pool& shared = pool();
  const std::lock_guard<std::mutex> lock(shared.mutex);
  if (shared.idle_count > 0) return;
  Worker* spare = nullptr;
  if (create_thread(program, nullptr, spare) == 0) enter(shared, *spare);
}

}  // namespace braid::runtime
