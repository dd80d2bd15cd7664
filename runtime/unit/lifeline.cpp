#include "unit/lifeline.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace braid::runtime::lifeline {
namespace {

constinit int g_read_end = -1;
constinit int g_write_end = -1;  // in the first process only
char g_path[32];                 // of the end to read

}  // namespace

int out_of_the_way(int descriptor) noexcept {
  if (descriptor < 0) return descriptor;
  for (const int lowest : {200, STDERR_FILENO + 1}) {
    const int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, lowest);
    if (moved < 0) continue;
    close(descriptor);
    return moved;
  }
  return descriptor;
}

void open() {
  if (g_read_end >= 0) return;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  g_read_end = out_of_the_way(ends[0]);
  g_write_end = out_of_the_way(ends[1]);
}

void inherit(int descriptor) noexcept {
  g_read_end = descriptor;
  std::snprintf(g_path, sizeof g_path, "/proc/self/fd/%d", descriptor);
}

int descriptor() noexcept { return g_read_end; }

void hang_on() noexcept {
  // A file description of its own: it is that which has an owner.
  const int own = out_of_the_way(::open(g_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (own >= 0) {
    close(g_read_end);
    g_read_end = own;
    fcntl(own, F_SETOWN, getpid());
    fcntl(own, F_SETSIG, SIGKILL);
    fcntl(own, F_SETFL, O_ASYNC | O_NONBLOCK);
  }
  pollfd look{g_read_end, 0, 0};
  if (poll(&look, 1, 0) > 0) _exit(EXIT_FAILURE);
}

void let_go() noexcept {
  close(g_read_end);
  g_read_end = -1;
}

bool cut() noexcept {
  if (g_write_end < 0) return false;
  close(g_write_end);
  g_write_end = -1;
  return true;
}

}  // namespace braid::runtime::lifeline
