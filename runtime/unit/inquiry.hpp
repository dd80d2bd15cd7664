// What all units of a program do, in whichever process: each thread is asked, and says so itself,
// since only it may look into its Lua state.
#pragma once

#include "unit/process.hpp"
#include "unit/thread.hpp"

namespace braid::runtime {

struct Inquiry;

// One thread that is asked. In RunUnit::questions, with a reference to the inquiry, until it is
// answered or taken back; guarded by that unit's mutex until then.
struct Question : Link {
  Ref<Inquiry> inquiry;
  Ref<ThreadUnit> thread;        // null = nobody is there to be asked
  Ref<ProcessUnit> process;      // null = the first one of the program
  Guarded<Ref<Message>> answer;  // encoded by the layer that knows Lua; null = it could not say
  GuardedAtomic<bool> answered{false};
};

// What one thread asks all others of its program.
//   Units:   the thread that asks; those that are asked give an answer (RunUnit::answers).
//   Waits:   wait(), until all have answered or the deadline.
//   Death:   of the one who asks: those that answer drop what is left; of one that is asked: the
//            sweep of its process answers for it.
//   Errors:  std::bad_alloc.
//   Cost:    one message a thread, which goes with the inquiry.
//   Tests:   tests/spec/process_units_spec.lua
struct Inquiry : Object {
  // By the thread with that record.
  explicit Inquiry(ThreadRecord& own) noexcept;
  ~Inquiry();

  // Once. The thread `self` does not ask itself: to its question there is no answer.
  void ask(const ThreadUnit& self);
  // `serve` is called meanwhile, to answer others.
  template <typename Serve>
  void wait(Nanos deadline, const Serve& serve) noexcept {
    std::uint32_t seen = 0;  // so many have answered
    while (!all_answered(seen) && monotonic_now() < deadline) {
      serve();
      asker->parker.wait(deadline);
    }
    take_back();
  }

  const Ref<ThreadRecord> asker;  // kept by its program
  const Ref<Program> program;
  std::uint32_t count = 0;
  std::uint32_t room = 0;
  Ref<Question> questions;  // process by process, the first one first; main threads first

 private:
  void add(ProcessUnit* process, ThreadUnit* thread) noexcept;
  [[nodiscard]] bool all_answered(std::uint32_t& seen) const noexcept;
  void take_back() noexcept;
};

// Calls visit(process, thread) for each thread of the family that is alive, and for main threads
// that have ended but still wait for others; process by process, with a null process for the first
// one, and a null thread for a process that has none. The family's mutex is held.
template <typename Visit>
void each_unit_of_family(Family& family, const Visit& visit) {
  const auto each_of = [&](ProcessUnit* process, Program* program) {
    bool has_any = false;
    if (program != nullptr) {
      each_unclosed_thread(*program, [&](ThreadUnit& thread) {
        if (thread.has_ended() && !thread.is_main) return;
        has_any = true;
        visit(process, &thread);
      });
    }
    if (!has_any && process != nullptr) visit(process, static_cast<ThreadUnit*>(nullptr));
  };
  if (!family.main_is_gone.load()) each_of(nullptr, family.main->program.get());
  for (Link* link = family.units.next.get(); link != &family.units; link = link->next.get()) {
    auto& process = static_cast<ProcessUnit&>(*static_cast<HeldLink*>(link)->object);
    each_of(&process, process.listed.program.get());
  }
}

}  // namespace braid::runtime
