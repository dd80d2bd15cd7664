// What the files of braid.thread share.
#pragma once

#include "vm/call.hpp"

namespace braid::runtime {
struct ThreadUnit;
}

namespace braid::stdlib {

inline constexpr const char* kThreadSource = "=braid.thread";  // of the Lua half

// The first argument: a Thread, which is a table with a handle, or the handle. From here on the
// handle stands in its place.
runtime::ThreadUnit& thread_self(const vm::Call& call);

// start(thread, fn, ...): the thread runs fn(...)
vm::Outcome thread_start(vm::Call& call);

}  // namespace braid::stdlib
