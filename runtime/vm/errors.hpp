// The error tables that a program may want to tell apart: kind, message, traceback; they are shown
// and concatenated as their message.
#pragma once

struct lua_State;

namespace braid::vm::errors {

inline constexpr const char* kTimeout = "timeout";
inline constexpr const char* kCancelled = "cancelled";
inline constexpr const char* kDeadlock = "deadlock";
inline constexpr const char* kInvalidState = "invalid_state";
inline constexpr const char* kClosed = "closed";
inline constexpr const char* kBrokenBarrier = "broken_barrier";
inline constexpr const char* kRemote = "remote";
inline constexpr const char* kWorkerDied = "worker_died";
inline constexpr const char* kBrokenPool = "broken_pool";

// The registry's name of the metatable that all of them have.
inline constexpr const char* kMetatable = "braid.Error";
// Pushes that metatable.                                                          [-0, +1, m]
void push_metatable(lua_State* L);
// push(L, kind, message): pushes an error table with the traceback of L.          [-0, +1, m]
void push(lua_State* L, const char* kind, const char* message);
// As above; the message is the value on top of the stack.                         [-1, +1, m]
void push_with_message(lua_State* L, const char* kind);
// Is the value at `index` an error table of this kind?                            [-0, +0, -]
bool is_kind(lua_State* L, int index, const char* kind);

// Pushes the value at `index` as text, for a report; calls its __tostring.        [-0, +1, m]
void push_text(lua_State* L, int index);

}  // namespace braid::vm::errors
