#include "unit/sweep.hpp"

#include "unit/thread.hpp"

namespace braid::runtime {
namespace {

void sweep_waiter(Waiter& waiter) noexcept {
  if (waiter.state.load() != Waiter::State::idle) (void)waiter.end_untaken();
  if (Object* object = waiter.changing.get()) {
    waiter.changing = nullptr;
    if (auto* half_held = type_of(*object).half_held) half_held(*object, waiter);
  }
  waiter.hand_on();
}

void end_threads(Program& program) noexcept {
  for (;;) {
    ThreadUnit* next = nullptr;
    each_unclosed_thread(program, [&](ThreadUnit& unit) {
      if (next == nullptr) next = &unit;
    });
    if (next == nullptr) return;
    retain(*next);
    if (!next->has_ended()) next->ends(RunUnit::Result::failed);
    next->closes();
    // That of whoever ran it; the main thread's is the program's.
    if (!next->is_main) drop(*next);
    drop(*next);
  }
}

// Its units are listed with the program: whoever looks at those sweeps it.
bool is_listed(Family& family, const Program& program) noexcept {
  for (Link* link = family.units.next.get(); link != &family.units; link = link->next.get()) {
    if (static_cast<ProcessLink*>(link)->program.get() == &program) return true;
  }
  return false;
}

Program* unlisted_of(Family& family, std::int32_t pid) noexcept {
  MutexLock lock(family.mutex);
  for (Link* link = family.programs.next.get(); link != &family.programs; link = link->next.get()) {
    Program& program = *static_cast<ProgramLink*>(link)->program;
    const ThreadRecord* main = program.main.get();
    if (main != nullptr && main->process_id == pid && !is_listed(family, program)) return &program;
  }
  return nullptr;
}

}  // namespace

void sweep_unlisted(Family& family, std::int32_t pid) noexcept {
  if (Program* program = unlisted_of(family, pid)) sweep(*program);
}

void sweep(Program& program) noexcept {
  for (ThreadRecord* record = program.records.get(); record != nullptr;
       record = record->next_record.get()) {
    for (Link* link = record->waiters.next.get(); link != &record->waiters;
         link = link->next.get()) {
      sweep_waiter(*static_cast<WaiterLink*>(link)->waiter);
    }
  }
  end_threads(program);
  for (ThreadRecord* record = program.records.get(); record != nullptr;
       record = record->next_record.get()) {
    Holdings::drop_all(*record);
  }
  program.census.asleep_for_ever.store(0);
  program.census.threads.store(1);
  program.one_thread_less();
  drop(program);
}

}  // namespace braid::runtime
