// The system's threads. One that has finished is kept warm for the next: it has already prepared
// what the next will need.
#pragma once

namespace braid::runtime {

struct ThreadUnit;

// Has `unit` run by some thread; a reference to it goes along. Throws std::bad_alloc and
// std::system_error, and then nothing has begun.
void run_in_worker(ThreadUnit& unit);

}  // namespace braid::runtime
