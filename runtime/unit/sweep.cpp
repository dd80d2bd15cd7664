#include "unit/sweep.hpp"

#include <algorithm>
#include <vector>

#include "arena/arena.hpp"
#include "arena/recovery.hpp"
#include "channel/hand.hpp"
#include "park/operation.hpp"

#include "unit/thread.hpp"

namespace braid::runtime {
namespace {

// Whoever has claimed it is done with what it gives, or was killed and has it undone, when the
// mutexes that it may hold for that can be had.
void await_claim(Waiter& waiter) noexcept {
  for (std::uint32_t i = 0; i < (waiter.more ? waiter.node_count : 1); ++i) {
    SharedWaitNode& node = waiter.more ? waiter.more.get()[i] : waiter.node;
    if (Object* object = node.kept.get()) const MutexLock lock(object->mutex);
  }
}

// What it was given, and had not taken.
void give_back_carried(Waiter& waiter) noexcept {
  for (std::uint32_t i = 0; i < (waiter.more ? waiter.node_count : 1); ++i) {
    SharedWaitNode& node = waiter.more ? waiter.more.get()[i] : waiter.node;
    if (Object* object = node.carries.get()) type_of(*object).untaken(*object, node);
  }
}

void sweep_waiter(Waiter& waiter) noexcept {
  if (!waiter.is_idle()) (void)waiter.end_untaken();
  give_back_carried(waiter);
  if (Object* object = waiter.changing.get()) {
    waiter.changing = nullptr;
    if (auto* half_held = type_of(*object).half_held) half_held(*object, &waiter);
  }
  waiter.hand_on();
}

// False: somebody is about to post one of its waiters, which must stay.
bool sweep_record(ThreadRecord& record) noexcept {
  for (Link* link = record.waiters.next.get(); link != &record.waiters; link = link->next.get()) {
    Waiter& waiter = *static_cast<WaiterLink*>(link)->waiter;
    if (waiter.is_waiting() && waiter.give_up()) {
      waiter.end();
    } else if (!waiter.is_idle()) {
      await_claim(waiter);
    }
  }
  std::vector<Waiter*> posted;
  for (Waiter* waiter = record.take_posted(); waiter != nullptr;
       waiter = waiter->next_woken.get()) {
    posted.push_back(waiter);
  }
  empty_hands(record);
  bool all_gone = true;
  for (Link* link = record.waiters.next.get(); link != &record.waiters;) {
    Waiter& waiter = *static_cast<WaiterLink*>(link)->waiter;
    link = link->next.get();
    const bool is_expected = waiter.is_claimed() && waiter.claimed_index != Waiter::kAgain &&
                             std::find(posted.begin(), posted.end(), &waiter) == posted.end();
    sweep_waiter(waiter);
    if (is_expected) {
      all_gone = false;
    } else {
      arena::destroy(&waiter);
    }
  }
  return all_gone;
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
    if (main == nullptr || main->process_id != pid || is_listed(family, program)) continue;
    if (try_retain(program)) return &program;
  }
  return nullptr;
}

}  // namespace

void sweep_unlisted(Family& family, std::int32_t pid) noexcept {
  Program* program = unlisted_of(family, pid);
  if (program == nullptr) return arena::recover_process(pid, leave_claims);
  sweep(*program, pid);
  drop(*program);
}

void sweep(Program& program, std::int32_t pid) noexcept {
  arena::recover_process(pid, leave_claims);
  for (ThreadRecord* record = program.records.get(); record != nullptr;
       record = record->next_record.get()) {
    if (!sweep_record(*record)) record->is_expected = true;
  }
  end_threads(program);
  for (ThreadRecord* record = program.records.get(); record != nullptr;
       record = record->next_record.get()) {
    Holdings::drop_all(*record);
  }
  program.census.asleep_for_ever.store(0);
  program.census.threads.store(1);
  program.one_thread_less();
  if (!program.left.exchange(true)) drop(program);
}

}  // namespace braid::runtime
