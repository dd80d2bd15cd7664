// What a thread of the program runs, from its Lua state to its result; and the main thread's part.
#pragma once

#include "vm/host.hpp"

namespace braid::stdlib {

// The state's thread becomes the program's main one, if it has none.                [-0, +0, m]
void open_main_thread(lua_State* L);

// How reports are to speak of the host's thread, of that name: with its process, unless that is the
// first one of the program.
void name_thread(vm::Host& host, const char* name) noexcept;

// The main chunk is over, and so are its tasks: the main thread has ended. Returns when every
// thread and process that it has started and that is no daemon has ended, too; or why not.
//                                                                              [-0, +0, -, waits]
vm::Host::Drained wait_for_others(lua_State* L) noexcept;

// Daemons end with the process that has started them.
void stop_daemon_processes(vm::Host& host) noexcept;

// Asks every thread of the process but the host's own to cancel all that it does.
void cancel_threads(vm::Host& host) noexcept;

// Asks the same of every thread of the program, in all processes but detached ones; also of those
// that are started from now on.
void cancel_program(vm::Host& host) noexcept;

}  // namespace braid::stdlib
