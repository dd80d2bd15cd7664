// Asking a zygote, and starting one. What it does then stands in zygote_serve.cpp.
#include "unit/zygote.hpp"

#include <dlfcn.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <vector>

#include "arena/arena.hpp"
#include "unit/lifeline.hpp"
#include "unit/zygote_request.hpp"

extern char** environ;

namespace braid::runtime {
namespace {

constinit const char* g_zygote_program = nullptr;
constinit pid_t g_zygote = 0;  // the one that this process has started

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct Descriptor {
  explicit Descriptor(int of_number) noexcept : number(of_number) {}
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int number;
};

int datagram_socket() {
  const int made = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (made < 0) fail("socket");
  return lifeline::out_of_the_way(made);
}

// False when nobody listens. Without a unit it only asks that.
bool send(const Family& family, ProcessUnit* unit) {
  if (family.zygote_name_size == 0) return false;
  static const int sender = datagram_socket();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, family.zygote_name, family.zygote_name_size);
  const auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + family.zygote_name_size);
  const Descriptor directory(unit != nullptr ? open_working_directory() : -1);
  const int error = send_request(sender, {unit, directory.number}, &address, size);
  if (error == 0) return true;
  if (error == ECONNREFUSED) return false;
  throw std::system_error(error, std::generic_category(), "sendmsg");
}

// The program that was said, or one beside the library that this code is in, in the build tree or
// installed, or one in PATH: in that order.
std::vector<std::string> zygote_programs() {
  if (g_zygote_program != nullptr) return {g_zygote_program};
  if (const char* path = std::getenv("BRAID_WORKER")) return {path};
  std::vector<std::string> programs;
  Dl_info library{};
  if (dladdr(reinterpret_cast<void*>(&set_zygote_program), &library) != 0) {
    const std::string folder(library.dli_fname, std::strrchr(library.dli_fname, '/') + 1);
    for (const char* place : {"", "../", "../../../bin/", "../../../../bin/"}) {
      programs.push_back(folder + place + "braid-worker");
    }
  }
  programs.emplace_back("braid-worker");
  programs.emplace_back("braid");
  return programs;
}

void spawn(const std::vector<std::string>& programs, int listener) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const int shared[] = {arena::file(), listener, lifeline::descriptor()};
  std::string numbers[3];
  for (int i = 0; i < 3; ++i) {
    posix_spawn_file_actions_adddup2(&actions, shared[i], shared[i]);  // stays open over the exec
    numbers[i] = std::to_string(shared[i]);
  }
  std::string name(kZygoteName);
  std::string room(kTitleRoom, ' ');
  char* argv[] = {name.data(),       numbers[0].data(), numbers[1].data(),
                  numbers[2].data(), room.data(),       nullptr};
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  int error = ENOENT;
  for (const std::string& program : programs) {
    error = posix_spawnp(&g_zygote, program.c_str(), &actions, &attributes, argv, environ);
    if (error != ENOENT) break;
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    g_zygote = 0;
    throw std::system_error(error, std::generic_category(), programs.front());
  }
}

// The family's zygote_mutex is held.
void start_zygote(Family& family) {
  lifeline::open();
  if (g_zygote > 0) waitpid(g_zygote, nullptr, 0);  // that was killed
  g_zygote = 0;
  const Descriptor listener(datagram_socket());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // With no name the system makes one up that is not in the file system.
  const auto* unnamed = reinterpret_cast<const sockaddr*>(&address);
  if (bind(listener.number, unnamed, sizeof address.sun_family) != 0) fail("bind");
  const int on = 1;
  setsockopt(listener.number, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  socklen_t size = sizeof address;
  getsockname(listener.number, reinterpret_cast<sockaddr*>(&address), &size);
  spawn(zygote_programs(), listener.number);
  size -= offsetof(sockaddr_un, sun_path);
  std::memcpy(family.zygote_name, address.sun_path, size);
  family.zygote_name_size = static_cast<std::uint32_t>(size);
}

}  // namespace

void set_zygote_program(const char* path) noexcept { g_zygote_program = path; }

void ask_zygote(Family& family, ProcessUnit& unit) {
  MutexLock lock(family.zygote_mutex);
  if (send(family, &unit)) return;
  start_zygote(family);
  if (!send(family, &unit)) throw std::system_error(ECONNREFUSED, std::generic_category());
}

void ask_zygote_again(Family& family, ProcessUnit& unit) {
  {
    MutexLock lock(family.zygote_mutex);
    if (unit.pid != 0 || send(family, nullptr)) return;
  }
  ask_zygote(family, unit);
}

void end_zygote() noexcept {
  if (g_zygote == 0 || !lifeline::cut()) return;
  waitpid(g_zygote, nullptr, 0);
}

bool is_zygote(int argc, char** argv) noexcept {
  return argc == zygote_arguments && std::strcmp(argv[name_argument], kZygoteName) == 0;
}

}  // namespace braid::runtime
