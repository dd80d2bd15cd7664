// Death on demand, for tests: in a build with BRAID_FAULT a thread can be told at which step of its
// sections its process kills itself. Otherwise nothing of this is there.
#pragma once

#include <cstdint>

#ifdef BRAID_FAULT
#include <csignal>
#include <cstdlib>
#endif

namespace braid::runtime::fault {

#ifdef BRAID_FAULT
// The process dies at the step that counts this down to 0.
inline thread_local constinit std::uint64_t t_steps_left = 0;

inline void point() noexcept {
  if (t_steps_left != 0 && --t_steps_left == 0) {
    (void)std::raise(SIGKILL);
  }
}
#else
inline void point() noexcept {}
#endif

}  // namespace braid::runtime::fault
