// A thread of the program, as every unit may hold a handle to it, and the system's threads that run
// them. What a thread runs is the business of the layer that knows Lua (ThreadBody).
#pragma once

#include "unit/run_unit.hpp"

namespace braid::runtime {

// One thread of a process.
//   Death:   ends with its process.
//   Errors:  returned, but for what start() throws.
//   Cost:    start + join: see docs/benchmarks.md.          Tests: tests/spec/thread_*_spec.lua
struct ThreadUnit : RunUnit {
  // The main thread's is held by the program; every other one holds the program.
  explicit ThreadUnit(Program& of_program, bool main = false) noexcept
      : RunUnit(ObjectKind::thread), program(&of_program), is_main(main), listed(*this) {
    if (!main) retain(of_program);
  }
  ~ThreadUnit() {
    if (!is_main) drop(*program);
  }

  // False when it was started before. Throws std::bad_alloc, and std::system_error when the system
  // has no more threads; it is as before then. Only if true the messages become the thread's.
  [[nodiscard]] bool start(Message* call, Message* surroundings);
  // The name: of one that has none yet, the next of Thread-1, Thread-2 ...
  void copy_name(char (&to)[kMostName + 1]) noexcept;

  // --- by the thread itself ---
  // Nothing is left of it but what handles may ask.
  void closes() noexcept;

  const Ref<Program> program;
  const bool is_main;
  HeldLink listed;  // in Program::threads; guarded by the program
};

// Calls visit(unit) for each thread of the program that was started and is not closed, the oldest
// first. The program's mutex is held meanwhile.
template <typename Visit>
void each_unclosed_thread(Program& program, const Visit& visit) {
  MutexLock lock(program.mutex);
  for (Link* link = program.threads.next.get(); link != &program.threads; link = link->next.get()) {
    visit(static_cast<ThreadUnit&>(*static_cast<HeldLink*>(link)->object));
  }
}

// The same for those that are alive.
template <typename Visit>
void each_thread(Program& program, const Visit& visit) {
  each_unclosed_thread(program, [&](ThreadUnit& unit) {
    if (!unit.has_ended()) visit(unit);
  });
}

// What the system's threads do: implemented by the layer that knows Lua.
struct ThreadBody {
  // Makes what can be made before it is known what is to run, on a thread that has nothing to do;
  // a thread of that program, most likely. Null when there is no memory.
  void* (*prepare)(Program& program) noexcept;
  // Runs the unit from begins() to closes(), with what prepare() made, which is gone then.
  void (*run)(ThreadUnit& unit, void* prepared) noexcept;
  void (*discard)(void* prepared) noexcept;
};
void set_thread_body(const ThreadBody& body) noexcept;

}  // namespace braid::runtime
