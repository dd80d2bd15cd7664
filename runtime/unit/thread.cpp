#include "unit/thread.hpp"

#include <cstdio>
#include <cstring>

#include "arena/arena.hpp"
#include "sched/preempt.hpp"
#include "unit/workers.hpp"

namespace braid::runtime {
namespace {

ThreadUnit& self(Object& object) noexcept { return static_cast<ThreadUnit&>(object); }

SharedWaitList& list_of(ThreadUnit& thread, std::uint32_t operation) noexcept {
  switch (operation) {
    case ThreadUnit::begun_op: return thread.beginning;
    case ThreadUnit::closed_op: return thread.closing;
    default: return thread.waiting;
  }
}

const ObjectType kType{
    .name = "Thread",
    .destroy =
        [](Object& object) noexcept {
          ThreadUnit& thread = self(object);
          drop_message(thread.call.get());
          drop_message(thread.surroundings.get());
          drop_message(thread.values.get());
          drop_message(thread.traceback.get());
          drop_message(thread.report.get());
          arena::destroy(&thread);
        },
    .attempt =
        [](Object& object, SharedWaitNode& node, Wakeups&) noexcept {
          const ThreadUnit& thread = self(object);
          switch (node.operation) {
            case ThreadUnit::begun_op: return thread.native_id != 0 || thread.has_ended();
            case ThreadUnit::closed_op: return thread.state.load() == ThreadUnit::State::closed;
            default: return thread.has_ended();
          }
        },
    .enqueue = [](Object& object, SharedWaitNode& node,
                  Wakeups&) noexcept { list_of(self(object), node.operation).push(node); },
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::thread, kType), true);

}  // namespace

void ThreadUnit::set_name(const char* text) noexcept {
  MutexLock lock(mutex);
  std::snprintf(name, sizeof name, "%s", text);
  named = true;
}

void ThreadUnit::copy_name(char (&to)[kMostName + 1]) noexcept {
  MutexLock lock(mutex);
  if (!named) {
    std::snprintf(name, sizeof name, "Thread-%u", program->threads_named.fetch_add(1) + 1);
    named = true;
  }
  std::memcpy(to, name, sizeof name);
}

bool ThreadUnit::start(Message* to_call, Message* to_prepare) {
  State expected = State::created;
  if (!state.compare_exchange_strong(expected, State::running)) return false;
  call = to_call;
  surroundings = to_prepare;
  // Counted before it runs: until then it is not asleep.
  program->census.threads.fetch_add(1);
  {
    MutexLock lock(program->mutex);
    listed.insert_before(program->threads);
  }
  try {
    run_in_worker(*this);
  } catch (...) {
    {
      MutexLock lock(program->mutex);
      listed.unlink();
    }
    program->one_thread_less();
    call = surroundings = nullptr;
    state.store(State::created);
    throw;
  }
  return true;
}

bool ThreadUnit::request(std::uint32_t what) noexcept {
  MutexLock lock(mutex);
  if (has_ended()) return false;
  if (!record) {
    early_requests |= what;
    return true;
  }
  record->request(what);
  preempt::signal_thread(*record);
  return true;
}

void ThreadUnit::begins(ThreadRecord& of_record) noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  record = &of_record;
  native_id = of_record.thread_id;
  beginning.claim_all(wakeups);
  if (early_requests != 0) of_record.request(early_requests);
}

bool ThreadUnit::result_is_awaited() noexcept {
  MutexLock lock(mutex);
  for (const SharedWaitNode* node = waiting.first(); node != nullptr; node = waiting.after(*node)) {
    if (node->operation == result_op) return true;
  }
  return false;
}

void ThreadUnit::ends(Result how) noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  record = nullptr;
  result = how;
  state.store(State::ended);
  beginning.claim_all(wakeups);
  waiting.claim_all(wakeups);
}

void ThreadUnit::closes() noexcept {
  {
    MutexLock lock(program->mutex);
    listed.unlink();
  }
  Wakeups wakeups;
  MutexLock lock(mutex);
  state.store(State::closed);
  closing.claim_all(wakeups);
}

}  // namespace braid::runtime
