#include "unit/thread.hpp"

#include <cstdio>

#include "arena/arena.hpp"
#include "sched/preempt.hpp"
#include "unit/workers.hpp"

namespace braid::runtime {
namespace {

ThreadUnit& self(Object& object) noexcept { return static_cast<ThreadUnit&>(object); }

const ObjectType kType{
    .name = "Thread",
    .destroy =
        [](Object& object) noexcept {
          ThreadUnit& thread = self(object);
          drop_message(thread.start_message.get());
          drop_message(thread.values.get());
          drop_message(thread.traceback.get());
          drop_message(thread.report.get());
          arena::destroy(&thread);
        },
    .attempt =
        [](Object& object, SharedWaitNode&, Wakeups&) noexcept {
          return self(object).state.load() == ThreadUnit::State::ended;
        },
    .enqueue = [](Object& object, SharedWaitNode& node,
                  Wakeups&) noexcept { self(object).waiting.push(node); },
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::thread, kType), true);

}  // namespace

void ThreadUnit::set_name(const char* text) noexcept {
  MutexLock lock(mutex);
  std::snprintf(name, sizeof name, "%s", text);
}

void ThreadUnit::start(Message* message) {
  start_message = message;
  // Counted before it runs: until then it is not asleep.
  program->census.threads.fetch_add(1);
  {
    MutexLock lock(program->mutex);
    listed.insert_before(program->threads);
  }
  state.store(State::running);
  try {
    run_in_worker(*this);
  } catch (...) {
    state.store(State::created);
    {
      MutexLock lock(program->mutex);
      listed.unlink();
    }
    program->one_thread_less();
    start_message = nullptr;
    throw;
  }
}

void ThreadUnit::request(std::uint32_t what) noexcept {
  MutexLock lock(mutex);
  if (!record) return;
  record->request(what);
  preempt::signal_thread(*record);
}

bool ThreadUnit::cancel() noexcept {
  MutexLock lock(mutex);
  if (state.load() == State::ended) return false;
  cancelled = true;
  if (record) {
    record->request(ThreadRecord::kCancel);
    preempt::signal_thread(*record);
  }
  return true;
}

void ThreadUnit::begins(ThreadRecord& of_record) noexcept {
  MutexLock lock(mutex);
  record = &of_record;
  native_id = of_record.thread_id;
  if (cancelled) of_record.request(ThreadRecord::kCancel);
}

bool ThreadUnit::result_is_awaited() noexcept {
  MutexLock lock(mutex);
  for (const SharedWaitNode* node = waiting.first(); node != nullptr; node = waiting.after(*node)) {
    if (node->operation == result_op) return true;
  }
  return false;
}

void ThreadUnit::ends(Result how) noexcept {
  {
    MutexLock lock(program->mutex);
    listed.unlink();
  }
  Wakeups wakeups;
  MutexLock lock(mutex);
  record = nullptr;
  result = how;
  state.store(State::ended);
  waiting.claim_all(wakeups);
}

}  // namespace braid::runtime
