// What is left to do for a process that was killed.
#pragma once

#include "park/thread_record.hpp"

namespace braid::runtime {

// Ends the waits of all its units, hands on what they held, and gives back what was its own. The
// process is gone.
void sweep(Program& program) noexcept;
// The same, if the process was killed before anybody was told its program.
void sweep_unlisted(Family& family, std::int32_t pid) noexcept;

}  // namespace braid::runtime
