#include "unit/thread.hpp"

#include <cstdio>
#include <cstring>

#include "arena/arena.hpp"
#include "unit/process.hpp"
#include "unit/workers.hpp"

namespace braid::runtime {
namespace {

const ObjectType kType{
    .name = "Thread",
    .destroy = [](Object& object) noexcept { arena::destroy(static_cast<ThreadUnit*>(&object)); },
    .attempt = attempt_run_unit,
    .enqueue = enqueue_run_unit,
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
    .untaken = [](Object&, SharedWaitNode&) noexcept {},
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::thread, kType), true);

}  // namespace

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
  if (starts_cancelled(program->family())) cancel();
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

void ThreadUnit::closes() noexcept {
  {
    MutexLock lock(program->mutex);
    listed.unlink();
  }
  has_closed();
}

}  // namespace braid::runtime
