// The system's threads. One that has finished is kept warm for the next: it has already prepared
// what the next will need.
#pragma once

namespace braid::runtime {

struct Program;
struct ThreadUnit;

// Has `unit` run by some thread; a reference to it goes along. Throws std::bad_alloc and
// std::system_error, and then nothing has begun.
void run_in_worker(ThreadUnit& unit);

// If no warm thread is left, makes one, most likely for that program. A thread does so when it is
// about to wait: it will not be back soon, and its start is over. Without a spare the next start is
// slower, no more.
void make_spare(Program& program) noexcept;

}  // namespace braid::runtime
