#include "park/family.hpp"

#include "arena/arena.hpp"
#include "park/thread_record.hpp"

namespace braid::runtime {
namespace {

constinit Ref<Family> g_joined{};

}  // namespace

bool Family::somebody_is_awake() noexcept {
  MutexLock lock(mutex);
  const std::uint32_t wakes_before = wakes();
  for (Link* link = programs.next.get(); link != &programs; link = link->next.get()) {
    if (static_cast<ProgramLink*>(link)->program->census.somebody_is_awake_here()) return true;
  }
  for (Link* link = units.next.get(); link != &units; link = link->next.get()) {
    const auto& process = *static_cast<ProcessLink*>(link);
    if (!process.program || process.signalled) return true;
  }
  // One that was counted asleep may have been woken by one that then fell asleep and was counted.
  return wakes() != wakes_before;
}

std::uint32_t Family::wakes() const noexcept {
  std::uint32_t sum = 0;
  for (const Link* link = programs.next.get(); link != &programs; link = link->next.get()) {
    sum += static_cast<const ProgramLink*>(link)->program->census.wakes.load();
  }
  return sum;
}

void drop(Family& family) noexcept {
  if (family.references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (family.main) arena::destroy(family.main.get());
  arena::destroy(&family);
}

void join_family(Family& family) noexcept { g_joined = &family; }
Family* joined_family() noexcept { return g_joined.get(); }

Program::Program() {
  if (Family* joined = joined_family()) {
    retain(*joined);
    census.family = joined;
    joined->has_several.store(true);
  } else {
    census.family = arena::create<Family>();
  }
  MutexLock lock(family().mutex);
  in_family.insert_before(family().programs);
}

Program::~Program() {
  while (ThreadRecord* record = records.get()) {
    records = record->next_record;
    if (record != family().main.get()) arena::destroy(record);
  }
  if (main_unit) drop(*main_unit);
  {
    MutexLock lock(family().mutex);
    in_family.unlink();
  }
  drop(family());
}

void Program::one_thread_less() noexcept {
  census.threads.fetch_sub(1);
  if (!census.somebody_is_awake() && family().main) family().main->parker.unpark();
}

void drop(Program& program) noexcept {
  if (program.references.fetch_sub(1, std::memory_order_acq_rel) == 1) arena::destroy(&program);
}

ThreadRecord& Program::begin_thread() {
  ThreadRecord* record = nullptr;
  {
    MutexLock lock(mutex);
    record = spare.get();
    if (record != nullptr) spare = record->next_spare;
  }
  if (record == nullptr) {
    record = arena::create<ThreadRecord>(*this);
    MutexLock lock(mutex);
    record->next_record = records;
    records = record;
  }
  record->begin();
  census.threads.fetch_add(1);
  return *record;
}

void Program::end_thread(ThreadRecord& record) noexcept {
  if (main.get() != &record) {
    MutexLock lock(mutex);
    record.next_spare = spare;
    spare = &record;
  }
  one_thread_less();
}

}  // namespace braid::runtime
