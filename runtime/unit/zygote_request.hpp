// What passes between those who want processes, the zygote, and the process that it has ready.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>

#include "unit/process.hpp"

namespace braid::runtime {

struct Request {
  ProcessUnit* unit = nullptr;  // null = none: look for orphans
  int working_directory = -1;   // a descriptor, of whoever has the request
};

// Returns an errno. Without an address the socket is connected; without a unit it only asks whether
// anybody listens. The descriptor stays the caller's.
int send_request(int socket, const Request& request, const sockaddr_un* to = nullptr,
                 socklen_t to_size = 0) noexcept;
// The next one. `waits` until there is one, or until nobody can send any more.
[[nodiscard]] Request receive_request(int socket, bool waits) noexcept;

// Until that process has ended. False when that cannot be known.
bool wait_for_end(pid_t pid) noexcept;

// The arguments that a zygote is started with.
inline constexpr const char* kZygoteName = "braid: zygote";
// Room for the name that `ps` shows of each process.
inline constexpr std::size_t kTitleRoom = 200;
enum ZygoteArgument {
  name_argument,
  arena_argument,
  family_argument,
  socket_argument,
  lifeline_argument,
  room_argument,
  zygote_arguments
};

}  // namespace braid::runtime
