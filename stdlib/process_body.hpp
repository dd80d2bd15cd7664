// What a process runs that a script has started, from its Lua state to its exit status.
#pragma once

namespace braid::stdlib {

// The whole life of a zygote (unit/zygote.hpp), and of each process that it forks. Returns the exit
// status.
int run_zygote(char** argv);

}  // namespace braid::stdlib
