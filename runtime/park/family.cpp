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
    if (static_cast<ProgramLink*>(link)->program->somebody_is_awake()) return true;
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
  while (ThreadRecord* record = family.spare.get()) {
    family.spare = record->next_spare;
    arena::destroy(record);
  }
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
  if (main_unit) drop(*main_unit);
  {
    MutexLock lock(family().mutex);
    in_family.unlink();
    while (ThreadRecord* record = records.get()) {
      records = record->next_record;
      if (record->is_expected) continue;
      record->next_spare = family().spare;
      family().spare = record;
    }
  }
  drop(family());
}

// One count may be too high, if a process was killed that was waking a thread up.
bool Program::somebody_is_awake() noexcept {
  const std::int32_t all = census.threads.load();
  if (census.asleep_for_ever.load() < all) return true;
  std::int32_t asleep = 0;
  MutexLock lock(mutex);
  for (ThreadRecord* record = records.get(); record != nullptr;
       record = record->next_record.get()) {
    if (record->thread_id != 0 && record->parker.sleeps_for_ever()) ++asleep;
  }
  return asleep < all;
}

void Program::one_thread_less() noexcept {
  census.threads.fetch_sub(1);
  if (!census.somebody_is_awake() && family().main) family().main->parker.unpark();
}

void drop(Program& program) noexcept {
  if (program.references.fetch_sub(1, std::memory_order_acq_rel) == 1) arena::destroy(&program);
}

ThreadRecord* Program::another_record() {
  {
    MutexLock lock(family().mutex);
    if (ThreadRecord* record = family().spare.get(); record != nullptr) {
      family().spare = record->next_spare;
      record->program = this;
      record->parker.moves_to(census);
      return record;
    }
  }
  return arena::create<ThreadRecord>(*this);
}

ThreadRecord& Program::begin_thread() {
  ThreadRecord* record = nullptr;
  {
    MutexLock lock(mutex);
    record = spare.get();
    if (record != nullptr) spare = record->next_spare;
  }
  if (record == nullptr) {
    record = another_record();
    MutexLock lock(mutex);
    record->next_record = records;
    records = record;
  }
  record->begin();
  census.threads.fetch_add(1);
  return *record;
}

void Program::end_thread(ThreadRecord& record) noexcept {
  record.end();
  if (main.get() != &record) {
    MutexLock lock(mutex);
    record.next_spare = spare;
    spare = &record;
  }
  one_thread_less();
}

}  // namespace braid::runtime
