// The signals that a person sends: Ctrl-C, and SIGQUIT (Ctrl-\), which prints what every unit does.
//
// While Lua code runs the first one is handed to the scheduler, which raises
// "interrupted!" in the main chunk, and the second one ends the program at once. While the prompt
// waits it only ends the line. Everywhere else SIGINT does what the system does by default.
#pragma once

#include <csignal>

#include "vm/host.hpp"

namespace braid::interp {

// From arm to disarm a Ctrl-C interrupts `host`. `host` must live until disarm.
void arm_interrupt(vm::Host& host) noexcept;
// From arm to disarm SIGQUIT prints what all units do, and the program goes on.
void arm_dump(vm::Host& host) noexcept;
void disarm_dump() noexcept;
// From here to disarm it is only noted, for prompt_interrupted() to see.
void arm_prompt() noexcept;
void disarm_interrupt() noexcept;

// True once for each Ctrl-C noted since arm_prompt.
bool take_prompt_interrupt() noexcept;

// The message of an error that nobody has caught: remembers whether it was Ctrl-C's own.
void note_error(const char* message) noexcept;
bool ended_by_interrupt() noexcept;

// Ctrl-C ended one command only: nothing of it is left over for the next one. Was there one that
// nobody has raised yet?
bool discard_interrupt(vm::Host& host) noexcept;

}  // namespace braid::interp
