// What is done for threads that were killed.
#pragma once

#include <sys/types.h>

#include "arena/journal.hpp"

namespace braid::runtime {
class Mutex;
}

namespace braid::runtime::arena {

// The mutex is held, and its last holder was killed holding it: what its section had changed is put
// back. `dead` is its journal; null = it had none, or had just given the mutex up.
void recover(Mutex& mutex, Journal* dead) noexcept;

// What the layer above does when a section is undone, with the mutex held. Set once, at first.
void on_undo(void (*undo)(Journal& dead, std::uint32_t mutex) noexcept) noexcept;

// Ends all sections of a process that is gone, and takes what its threads had at hand. Calls
// visit(journal) for each of its threads when its sections have ended, and before its journal is
// another thread's.
void recover_process(pid_t process, void (*visit)(Journal& dead)) noexcept;

}  // namespace braid::runtime::arena
