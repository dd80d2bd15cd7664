// What is left to do for a process that was killed.
#pragma once

#include "park/thread_record.hpp"

namespace braid::runtime {

// Undoes what the process, which is gone, was in the middle of, ends the waits of all its units,
// hands on what they held, and gives back what was its own.
void sweep(Program& program, std::int32_t pid) noexcept;
// The same, if nobody was told its program yet, or any more.
void sweep_unlisted(Family& family, std::int32_t pid) noexcept;

}  // namespace braid::runtime
