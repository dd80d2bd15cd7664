// What a thread of the program runs, from its Lua state to its result; and the main thread's part.
#pragma once

#include "vm/host.hpp"

namespace braid::stdlib {

// The state's thread becomes the program's main one, if it has none.                [-0, +0, m]
void open_main_thread(lua_State* L);

// The main chunk is over, and so are its tasks: the main thread has ended. Returns when every
// thread and process that it has started and that is no daemon has ended, too; or why not.
//                                                                              [-0, +0, -, waits]
vm::Host::Drained wait_for_others(lua_State* L) noexcept;

// Daemons end with the process that has started them.
void stop_daemon_processes(vm::Host& host) noexcept;

// Asks every thread but the host's own to cancel all that it does.
void cancel_threads(vm::Host& host) noexcept;

}  // namespace braid::stdlib
