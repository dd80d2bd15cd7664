// Asking a zygote, and starting one. What it does then stands in zygote_serve.cpp.
#include "unit/zygote.hpp"

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <vector>

#include "arena/arena.hpp"
#include "arena/recovery.hpp"
#include "unit/lifeline.hpp"
#include "unit/zygote_request.hpp"

extern char** environ;

namespace braid::runtime {
namespace {

constinit const char* g_zygote_program = nullptr;
constinit pid_t g_zygote = 0;               // the last one that this process has started
constinit std::atomic<bool> g_ends{false};  // the program; it is not replaced any more

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

// False when nobody listens. Without a unit it only asks that, and has orphans adopted. The request
// holds the unit.
bool send(const Family& family, ProcessUnit* unit) {
  if (family.zygote_name_size == 0) return false;
  static const int sender = datagram_socket();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, family.zygote_name, family.zygote_name_size);
  const auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + family.zygote_name_size);
  const Descriptor directory(unit != nullptr ? open_working_directory() : -1);
  if (unit != nullptr) retain(*unit);
  const int error = send_request(sender, {unit, directory.number}, &address, size);
  if (error == 0) return true;
  if (unit != nullptr) drop(*unit);
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

pid_t spawn(const std::vector<std::string>& programs, Family& family, int listener) {
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
  std::string of_family = std::to_string(Ref<Family>(&family).granule());
  char* argv[] = {name.data(),       numbers[0].data(), of_family.data(), numbers[1].data(),
                  numbers[2].data(), room.data(),       nullptr};
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  int error = ENOENT;
  for (const std::string& program : programs) {
    error = posix_spawnp(&pid, program.c_str(), &actions, &attributes, argv, environ);
    if (error != ENOENT) break;
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), programs.front());
  return pid;
}

void watch_zygote_of(Family& family) noexcept;

// The program exits by itself: os.exit, or one that Braid is only a part of.
void note_exit(int status, void*) {
  ProcessUnit& here = *this_process();
  if (here.pid == getpid()) here.exit_code = status;
}

// The family's zygote_mutex is held.
void start_zygote(Family& family) {
  lifeline::open();
  const bool is_first = family.zygote_pid == 0;
  if (is_first) on_exit(note_exit, nullptr);
  if (!is_first) {
    waitpid(family.zygote_pid, nullptr, 0);  // was killed; maybe a child of this process
    arena::recover_process(family.zygote_pid, leave_claims);
  }
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
  g_zygote = family.zygote_pid = spawn(zygote_programs(), family, listener.number);
  size -= offsetof(sockaddr_un, sun_path);
  std::memcpy(family.zygote_name, address.sun_path, size);
  family.zygote_name_size = static_cast<std::uint32_t>(size);
  if (is_first) watch_zygote_of(family);
}

// Replaces a zygote that was killed, though nobody asks for a process: those that it has forked are
// waited for.
void* watch_zygote(void* of_family) {
  auto& family = *static_cast<Family*>(of_family);
  const auto last = [&] {
    MutexLock lock(family.zygote_mutex);
    return family.zygote_pid;
  };
  for (pid_t pid = last(); wait_for_end(pid) && !g_ends.load(); pid = last()) {
    MutexLock lock(family.zygote_mutex);
    if (family.zygote_pid != pid) continue;
    try {
      start_zygote(family);
    } catch (...) {
      break;
    }
  }
  drop(family);
  return nullptr;
}

// By a thread of the system that knows no Lua and gets no signals: it only waits.
void watch_zygote_of(Family& family) noexcept {
  constexpr std::size_t kStackBytes = std::size_t{256} << 10;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread{};
  retain(family);
  if (pthread_create(&thread, &attributes, watch_zygote, &family) != 0) drop(family);
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

bool wait_for_end(pid_t pid) noexcept {
  const int opened = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (opened < 0) return errno == ESRCH;
  const Descriptor process(lifeline::out_of_the_way(opened));
  pollfd look{process.number, POLLIN, 0};
  while (poll(&look, 1, -1) < 0 && errno == EINTR) {
  }
  return true;
}

void set_zygote_program(const char* path) noexcept { g_zygote_program = path; }

void ask_zygote(Family& family, ProcessUnit& unit) {
  MutexLock lock(family.zygote_mutex);
  unit.asked_zygote = family.zygote_pid;
  if (send(family, &unit)) return;
  start_zygote(family);
  unit.asked_zygote = family.zygote_pid;
  if (!send(family, &unit)) throw std::system_error(ECONNREFUSED, std::generic_category());
}

void ask_zygote_again(Family& family, ProcessUnit& unit) {
  {
    MutexLock lock(family.zygote_mutex);
    const bool same = unit.asked_zygote == family.zygote_pid;
    if (unit.pid != 0 || (same && send(family, nullptr))) return;
  }
  ask_zygote(family, unit);
}

void ask_to_be_adopted(Family& family) noexcept {
  MutexLock lock(family.zygote_mutex);
  try {
    send(family, nullptr);
  } catch (const std::system_error&) {
    // As if nobody listened: the next zygote finds it listed.
  }
}

void end_zygote(int status) noexcept {
  g_ends.store(true);
  if (ProcessUnit* here = this_process()) {
    here->exit_code = status;
    here->ends(status == EXIT_SUCCESS ? RunUnit::Result::returned : RunUnit::Result::failed);
  }
  if (g_zygote == 0 || !lifeline::cut()) return;
  waitpid(g_zygote, nullptr, 0);
}

bool is_zygote(int argc, char** argv) noexcept {
  return argc == zygote_arguments && std::strcmp(argv[name_argument], kZygoteName) == 0;
}

}  // namespace braid::runtime
