// Operations on shared objects: done now, or as soon as somebody makes that possible.
//
// The rule of all of them: whoever makes an operation possible does it, on behalf of the one who
// waits longest, and then wakes it. So a unit that was woken has what it waited for, nobody can
// take it away in between, and who gives its wait up has changed nothing.
#pragma once

#include "park/waiter.hpp"

namespace braid::runtime {

// Fills in what an operation is about, all but its payload.
inline void prepare(SharedWaitNode& node, Waiter& waiter, Object& object, std::uint32_t operation,
                    std::int64_t argument) noexcept {
  node.object = &object;
  node.waiter = &waiter;
  node.carries = nullptr;
  node.index = 0;
  node.operation = operation;
  node.argument = argument;
}

// Does the operation now or not at all.
bool attempt(SharedWaitNode& node) noexcept;

// Does the operation now, or leaves the node hanging in the object: then the unit must park.
bool start(SharedWaitNode& node) noexcept;

// Does exactly one of the waiter's `more` operations now and returns its index. When none is
// possible it returns -1, having hung all of them if `wait`. They are tried from `first` on, round.
int start_one(Waiter& waiter, std::uint32_t first, bool wait);

// Whoever had claimed the waiter was killed, and what that had done is undone: does the operation,
// or one of them, now, and then it is claimed again; else it waits on. Throws std::bad_alloc, and
// then nothing has changed.
bool start_again(Waiter& waiter);

}  // namespace braid::runtime
