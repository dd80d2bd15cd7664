// The functions of Lua's own libraries that must know about waiting. Each behaves as the one it
// replaces for whoever does not wait inside it.
#pragma once

struct lua_State;

namespace braid::vm {

// coroutine.*: a wait inside a script's coroutine passes through to the scheduler.   [-0, +0, m]
void open_coroutine(lua_State* L);
// pcall, xpcall, load: do not return in a unit that is being cancelled.             [-0, +0, m]
void open_protected(lua_State* L);
// require: waits for a module that another unit is loading. os.exit: reports untaken errors first.
//                                                                                   [-0, +0, m]
void open_base(lua_State* L);

// print, io.write, file:write: what one call writes is not torn by other threads.     [-0, +0, m]
void open_output(lua_State* L);

// For a state that is Braid's own: a warning is not torn. They are off at first.     [-0, +0, m]
void open_warnings(lua_State* L);
// False also in a state of somebody else's, who alone knows. Needs one free slot.    [-0, +0, -]
[[nodiscard]] bool warnings_are_on(lua_State* L) noexcept;

// Raises the value on top of the stack, the cancellation of the running unit, past the message
// handlers of the script's xpcalls. Declared to return, as lua_error is.            [-1, +0, e]
int pass_cancelled(lua_State* L);

// The process is about to exit: no other thread writes to stdout any more, so that what it has
// written ends with a whole line.
void hold_output() noexcept;

}  // namespace braid::vm
