// Where a process is started: the working directory, the umask and the environment of the one that
// asks for it, as they are at that moment and as a fork would hand them on.
#pragma once

#include <cstdint>

#include "arena/ref.hpp"

namespace braid::runtime {

// In the arena; goes with the ProcessUnit.
struct StartingPlace {
  std::uint32_t umask;
  std::uint32_t size;  // of the variables that follow, each with its zero

  [[nodiscard]] char* variables() noexcept { return reinterpret_cast<char*>(this + 1); }
};

// That of this process but for the directory, which only a descriptor can stand for. Throws
// std::bad_alloc.
[[nodiscard]] StartingPlace* note_place();
void drop_place(StartingPlace* place) noexcept;
// -1 when there is no way to it.
[[nodiscard]] int open_working_directory() noexcept;

// This process is there from now on. Takes the descriptor.
void go_to(StartingPlace& place, int working_directory) noexcept;

}  // namespace braid::runtime
