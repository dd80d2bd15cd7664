#include "unit/zygote.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "arena/arena.hpp"

extern char** environ;

namespace braid::runtime {
namespace {

constexpr const char* kName = "braid: zygote";
// Room for the name that `ps` shows of each process.
constexpr std::size_t kTitleRoom = 200;
enum Argument {
  name_argument,
  arena_argument,
  socket_argument,
  lifeline_argument,
  room_argument,
  arguments
};

constinit const char* g_zygote_program = nullptr;
// The read end of a pipe that only the first process of the program can write to: it ends with it.
constinit int g_lifeline = -1;
constinit int g_lifeline_end = -1;  // that end; in the first process
constinit pid_t g_zygote = 0;       // the one that this process has started

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// --- asking ---

sockaddr_un address_of(const Family& family, socklen_t& size) noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, family.zygote_name, family.zygote_name_size);
  size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + family.zygote_name_size);
  return address;
}

// False when nobody listens. Without a unit it only asks that.
bool send(const Family& family, ProcessUnit* unit) {
  if (family.zygote_name_size == 0) return false;
  static const int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (sender < 0) fail("socket");
  socklen_t size = 0;
  const sockaddr_un address = address_of(family, size);
  const std::uint32_t request = Ref<ProcessUnit>(unit).granule();
  const std::size_t bytes = unit != nullptr ? sizeof request : 0;
  for (;;) {
    const ssize_t sent = sendto(sender, &request, bytes, MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), size);
    if (sent >= 0) return true;
    if (errno == ECONNREFUSED) return false;
    if (errno != EINTR) fail("sendto");
  }
}

struct Descriptor {
  explicit Descriptor(int of_number) noexcept : number(of_number) {}
  ~Descriptor() { close(number); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int number;
};

void open_lifeline() {
  if (g_lifeline >= 0) return;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  g_lifeline = ends[0];
  g_lifeline_end = ends[1];
}

// The program that was said, or one beside the library that this code is in.
std::string zygote_program() {
  if (g_zygote_program != nullptr) return g_zygote_program;
  if (const char* path = std::getenv("BRAID_WORKER")) return path;
  Dl_info library{};
  if (dladdr(reinterpret_cast<void*>(&set_zygote_program), &library) != 0) {
    const std::string folder(library.dli_fname, std::strrchr(library.dli_fname, '/') + 1);
    for (const char* place : {"braid-worker", "braid", "../braid", "../../../bin/braid"}) {
      if (access((folder + place).c_str(), X_OK) == 0) return folder + place;
    }
  }
  return "braid";
}

void spawn(const std::string& program, int listener) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const int shared[] = {arena::file(), listener, g_lifeline};
  std::string numbers[3];
  for (int i = 0; i < 3; ++i) {
    posix_spawn_file_actions_adddup2(&actions, shared[i], shared[i]);  // stays open over the exec
    numbers[i] = std::to_string(shared[i]);
  }
  std::string name(kName);
  std::string room(kTitleRoom, ' ');
  char* argv[] = {name.data(),       numbers[0].data(), numbers[1].data(),
                  numbers[2].data(), room.data(),       nullptr};
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const int error = posix_spawnp(&g_zygote, program.c_str(), &actions, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    throw std::system_error(error, std::generic_category(), program);
  }
}

// The family's zygote_mutex is held.
void start_zygote(Family& family) {
  open_lifeline();
  const Descriptor listener(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (listener.number < 0) fail("socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // With no name the system makes one up that is not in the file system.
  const auto* unnamed = reinterpret_cast<const sockaddr*>(&address);
  if (bind(listener.number, unnamed, sizeof address.sun_family) != 0) fail("bind");
  const int on = 1;
  setsockopt(listener.number, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  socklen_t size = sizeof address;
  getsockname(listener.number, reinterpret_cast<sockaddr*>(&address), &size);
  spawn(zygote_program(), listener.number);
  size -= offsetof(sockaddr_un, sun_path);
  std::memcpy(family.zygote_name, address.sun_path, size);
  family.zygote_name_size = static_cast<std::uint32_t>(size);
}

// --- in the zygote ---

struct Zygote {
  int listener = -1;
  int signals = -1;
  char* title = nullptr;
  std::size_t title_room = 0;
  std::unordered_map<pid_t, Ref<ProcessUnit>> children;
  // Those that a zygote has forked that was killed since: their end is seen, not how they ended.
  std::vector<std::pair<int, Ref<ProcessUnit>>> adopted;  // with a descriptor of each (pidfd)
  bool has_adopted = false;
};

// The next request; null = there was none of ours.
ProcessUnit* receive(const Zygote& zygote) noexcept {
  std::uint32_t request = 0;
  iovec data{&request, sizeof request};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(zygote.listener, &message, MSG_DONTWAIT) != sizeof request) return nullptr;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_CREDENTIALS) return nullptr;
  ucred sender{};
  std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
  if (sender.uid != getuid()) return nullptr;
  return Ref<ProcessUnit>::from_granule(request).get();
}

// From now on this process is killed when the first one of the program ends.
void hang_on_lifeline() noexcept {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", g_lifeline);
  // A file description of its own: it is that which has an owner.
  const int own = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (own >= 0) {
    close(g_lifeline);
    g_lifeline = own;
    fcntl(own, F_SETOWN, getpid());
    fcntl(own, F_SETSIG, SIGKILL);
    fcntl(own, F_SETFL, O_ASYNC | O_NONBLOCK);
  }
  pollfd look{g_lifeline, 0, 0};
  if (poll(&look, 1, 0) > 0) _exit(EXIT_FAILURE);
}

void take_title(const Zygote& zygote, const ProcessUnit& unit) noexcept {
  std::memset(zygote.title, 0, zygote.title_room);
  std::snprintf(zygote.title, zygote.title_room, "braid: %s", unit.name);
  prctl(PR_SET_NAME, zygote.title);
}

void become(const Zygote& zygote, ProcessUnit& unit) noexcept {
  becomes(unit);
  unit.forked(getpid());  // as the zygote says, too: who is first is not known
  close(zygote.listener);
  close(zygote.signals);
  if (unit.detached) {
    setsid();
  } else {
    hang_on_lifeline();
  }
  take_signals(unit);
  // What was sent to the process before now comes now.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // The terminal is the first process's.
  if (const int null = open("/dev/null", O_RDONLY); null > 0) {
    dup2(null, STDIN_FILENO);
    close(null);
  }
  take_title(zygote, unit);
  join_family(*unit.family);
}

void reap(Zygote& zygote) noexcept {
  signalfd_siginfo drained[16];
  while (read(zygote.signals, drained, sizeof drained) > 0) {
  }
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto child = zygote.children.find(pid);
    if (child == zygote.children.end()) continue;
    const Ref<ProcessUnit> unit = child->second;
    zygote.children.erase(child);
    unit->is_gone(status);
  }
}

// As waitpid() would give it, as far as that is known.
int likely_status(const ProcessUnit& unit) noexcept {
  if (!unit.has_ended()) return SIGKILL;
  const bool failed = unit.result == RunUnit::Result::failed;
  return (failed ? EXIT_FAILURE : EXIT_SUCCESS) << 8;
}

// At the first request: takes over the processes of zygotes that were killed.
void adopt(Zygote& zygote, Family& family) {
  if (zygote.has_adopted) return;
  zygote.has_adopted = true;
  std::vector<Ref<ProcessUnit>> orphans;
  each_process(family, [&](ProcessUnit& unit) {
    if (unit.pid != 0) orphans.emplace_back(&unit);
  });
  for (const Ref<ProcessUnit> unit : orphans) {
    const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, unit->pid, 0));
    if (descriptor >= 0) {
      zygote.adopted.emplace_back(descriptor, unit);
    } else {
      unit->is_gone(likely_status(*unit));
    }
  }
}

void see_adopted_end(Zygote& zygote) noexcept {
  std::erase_if(zygote.adopted, [](const auto& one) {
    pollfd look{one.first, POLLIN, 0};
    if (poll(&look, 1, 0) <= 0) return false;
    close(one.first);
    one.second->is_gone(likely_status(*one.second));
    return true;
  });
}

// The program has ended: nothing of it stays.
void kill_all(const Zygote& zygote) noexcept {
  for (const auto& [pid, unit] : zygote.children) {
    if (!unit->detached) kill(pid, SIGKILL);
  }
  for (const auto& [descriptor, unit] : zygote.adopted) {
    if (!unit->detached) syscall(SYS_pidfd_send_signal, descriptor, SIGKILL, nullptr, 0);
  }
  for (const auto& [pid, unit] : zygote.children) {
    if (!unit->detached) waitpid(pid, nullptr, 0);
  }
}

// True in the new process.
bool fork_for(Zygote& zygote, ProcessUnit& unit) {
  auto place = zygote.children.emplace(-1, &unit).first;  // no failure once it is forked
  const pid_t pid = fork();
  if (pid == 0) return true;
  auto node = zygote.children.extract(place);
  if (pid < 0) {
    unit.could_not_fork(errno);
    return false;
  }
  node.key() = pid;
  zygote.children.insert(std::move(node));
  unit.forked(pid);
  return false;
}

// Null when the program has ended; a unit in the process that was forked for it.
ProcessUnit* serve(Zygote& zygote) {
  std::vector<pollfd> watched;
  for (;;) {
    watched = {{zygote.listener, POLLIN, 0}, {zygote.signals, POLLIN, 0}, {g_lifeline, 0, 0}};
    for (const auto& one : zygote.adopted) watched.push_back({one.first, POLLIN, 0});
    if (poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return nullptr;
    if (watched[2].revents != 0) return nullptr;
    if (watched[1].revents != 0) reap(zygote);
    if (!zygote.adopted.empty()) see_adopted_end(zygote);
    if (watched[0].revents == 0) continue;
    ProcessUnit* unit = receive(zygote);
    if (unit == nullptr) continue;
    adopt(zygote, *unit->family);
    if (fork_for(zygote, *unit)) return unit;
  }
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
  if (g_zygote == 0 || g_lifeline_end < 0) return;
  close(g_lifeline_end);
  g_lifeline_end = -1;
  waitpid(g_zygote, nullptr, 0);
}

bool is_zygote(int argc, char** argv) noexcept {
  return argc == arguments && std::strcmp(argv[name_argument], kName) == 0;
}

int run_zygote(char** argv, const ProcessBody& body) {
  Zygote zygote;
  zygote.listener = std::atoi(argv[socket_argument]);
  g_lifeline = std::atoi(argv[lifeline_argument]);
  for (const int number : {zygote.listener, g_lifeline}) fcntl(number, F_SETFD, FD_CLOEXEC);
  zygote.title = argv[name_argument];
  zygote.title_room = static_cast<std::size_t>(argv[room_argument] + kTitleRoom - zygote.title);
  arena::attach(std::atoi(argv[arena_argument]));
  prctl(PR_SET_NAME, kName);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  zygote.signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  // Ctrl-C is for those who run scripts. Not ignored but kept back, also in a new process until it
  // is ready for them.
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGQUIT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  body.prepare();
  if (ProcessUnit* unit = serve(zygote)) {
    become(zygote, *unit);
    return body.run();
  }
  kill_all(zygote);
  return EXIT_SUCCESS;
}

}  // namespace braid::runtime
