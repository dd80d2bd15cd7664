// The zygote: a small process with one thread, started by exec when the first process is asked for,
// that forks all processes of a program on request, sees them end, and leaves with the program. So
// no process with threads is ever forked.
#pragma once

#include "unit/process.hpp"

namespace braid::runtime {

// Has a zygote fork a process for `unit`; starts one if there is none, or it was killed. Throws
// std::system_error, and std::bad_alloc.
void ask_zygote(Family& family, ProcessUnit& unit);

// The same, if the unit still waits for a zygote that was killed.
void ask_zygote_again(Family& family, ProcessUnit& unit);

// By a process whose zygote was killed before it had said so of itself: the next one sees its end.
void ask_to_be_adopted(Family& family) noexcept;

// The program that the zygote is: one whose main() begins with is_zygote() and run_zygote().
void set_zygote_program(const char* path) noexcept;

// The first process of a program ends with that status: returns when all others that were started
// have been killed.
void end_zygote(int status) noexcept;

// What is run in the processes that it forks: implemented by the layer that knows Lua.
struct ProcessBody {
  // Called once, before the first fork.
  void (*prepare)() noexcept;
  // In a process that was forked: makes what can be made before it is known what is to run. It does
  // not count as a thread of the program until run().
  void (*open)() noexcept;
  // There is nothing to run.
  void (*discard)() noexcept;
  // Runs this_process(), and returns the exit status.
  int (*run)() noexcept;
};

[[nodiscard]] bool is_zygote(int argc, char** argv) noexcept;
// Returns when the program has ended, with the status to exit with; in a process that it has
// forked, when that has. Throws std::bad_alloc.
int run_zygote(char** argv, const ProcessBody& body);

}  // namespace braid::runtime
