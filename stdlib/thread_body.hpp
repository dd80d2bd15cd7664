// What a thread of the program runs, from its Lua state to its result; and the main thread's part.
#pragma once

struct lua_State;

namespace braid::vm {
class Host;
}

namespace braid::stdlib {

// The state's thread becomes the program's main one, if it has none.                [-0, +0, m]
void open_main_thread(lua_State* L);

// (): returns when every thread that is no daemon has ended. Raises when that cannot be, or when it
// is interrupted.                                                           [-0, +0, e, waits]
int wait_for_threads(lua_State* L);

// Asks every thread but the host's own to cancel all that it does.
void cancel_threads(vm::Host& host) noexcept;

}  // namespace braid::stdlib
