// What a zygote does, and a process that it has forked until it runs what it was made for.
//
// One process is forked ahead, once there has been a request: the *spare*. It opens all that it can
// and waits for its unit. It is no process of the program until it has one: nothing waits for it or
// because of it, and it leaves when the zygote does. The next one is made when the zygote has
// nothing else to do.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <unordered_map>
#include <utility>
#include <vector>

#include "arena/arena.hpp"
#include "arena/recovery.hpp"
#include "unit/lifeline.hpp"
#include "unit/sweep.hpp"
#include "unit/zygote.hpp"
#include "unit/zygote_request.hpp"

namespace braid::runtime {
namespace {

struct Zygote {
  const pid_t pid = getpid();
  int listener = -1;
  int signals = -1;
  char* title = nullptr;
  std::size_t title_room = 0;
  Family* family = nullptr;
  std::unordered_map<pid_t, Ref<ProcessUnit>> children;  // null = the spare, or one that was
  bool wants_spare = false;  // there was a request: not again when it is killed
  pid_t spare = 0;
  int spare_line = -1;  // to it
  // Those that a zygote has forked that was killed since: their end is seen, not how they ended.
  std::vector<std::pair<int, Ref<ProcessUnit>>> adopted;  // with a descriptor of each (pidfd)
};

void take_title(const Zygote& zygote, const char* text) noexcept {
  constexpr std::size_t kPrefix = sizeof "braid: " - 1;  // as the zygote's has
  const std::size_t room = zygote.title_room - kPrefix;
  std::memset(zygote.title + kPrefix, 0, room);
  std::memcpy(zygote.title + kPrefix, text, strnlen(text, room - 1));
  prctl(PR_SET_NAME, zygote.title);
}

// --- in a process that was forked ---

// What can be done before it is known which process it is.
void leave_zygote(const Zygote& zygote) noexcept {
  close(zygote.listener);
  close(zygote.signals);
  lifeline::hang_on();
  // The terminal is the first process's.
  if (const int null = open("/dev/null", O_RDONLY); null > 0) {
    dup2(null, STDIN_FILENO);
    close(null);
  }
  join_family(*zygote.family);
}

void become(const Zygote& zygote, const Request& request) noexcept {
  ProcessUnit& unit = *request.unit;  // held by the list of those that were started
  becomes(unit);
  // As the zygote says, too: who is first is not known. If that was killed another one may have
  // been asked for the same process, or have looked for orphans already.
  if (!unit.forked(getpid())) _exit(EXIT_FAILURE);
  if (getppid() != zygote.pid) ask_to_be_adopted(*unit.family);
  if (unit.detached) {
    lifeline::let_go();
    setsid();
  }
  go_to(*unit.place, request.working_directory);
  take_title(zygote, unit.name);
  take_signals(unit);
  // What was sent to the process before now comes now.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// The spare's life, if `line` is one. The exit status.
int live(const Zygote& zygote, const ProcessBody& body, Request request, int line) {
  leave_zygote(zygote);
  if (line >= 0) take_title(zygote, "spare");
  body.open();
  if (line >= 0) {
    request = receive_request(line, true);
    close(line);
    if (request.unit == nullptr) {
      body.discard();
      return EXIT_SUCCESS;
    }
  }
  become(zygote, request);
  return body.run();
}

// --- the zygote itself ---

void forget_spare(Zygote& zygote) noexcept {
  if (zygote.spare == 0) return;
  close(zygote.spare_line);
  zygote.spare = 0;
}

void reap(Zygote& zygote) noexcept {
  signalfd_siginfo drained[16];
  while (read(zygote.signals, drained, sizeof drained) == sizeof drained) {
  }
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto child = zygote.children.find(pid);
    if (child == zygote.children.end()) continue;
    const Ref<ProcessUnit> unit = child->second;
    zygote.children.erase(child);
    if (pid == zygote.spare) forget_spare(zygote);
    if (unit && unit->pid == pid) {
      unit->is_gone(status);
    } else {
      sweep_unlisted(*zygote.family, pid);
    }
  }
}

// As waitpid() would give it, as far as that is known.
int likely_status(const ProcessUnit& unit) noexcept {
  if (!unit.has_ended()) return SIGKILL;
  const bool failed = unit.result == RunUnit::Result::failed;
  return (failed ? EXIT_FAILURE : EXIT_SUCCESS) << 8;
}

bool has(const Zygote& zygote, const ProcessUnit& unit) noexcept {
  if (zygote.children.count(unit.pid) != 0) return true;
  const auto is_it = [&](const auto& one) { return one.second.get() == &unit; };
  return std::any_of(zygote.adopted.begin(), zygote.adopted.end(), is_it);
}

void adopt(Zygote& zygote, ProcessUnit& unit) {
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, unit.pid, 0));
  if (descriptor >= 0) {
    zygote.adopted.emplace_back(lifeline::out_of_the_way(descriptor), &unit);
  } else {
    unit.is_gone(likely_status(unit));
  }
}

// Takes over the processes of zygotes that were killed.
void adopt_all(Zygote& zygote) {
  std::vector<Ref<ProcessUnit>> orphans;
  each_process(*zygote.family, [&](ProcessUnit& unit) {
    if (unit.pid != 0 && !has(zygote, unit)) orphans.emplace_back(&unit);
  });
  for (const Ref<ProcessUnit> unit : orphans) adopt(zygote, *unit);
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

// The first process, if one is left that may ask for it: one that is detached.
ProcessUnit* first_for_detached(const Zygote& zygote) noexcept {
  ProcessUnit* unit = nullptr;
  each_process(*zygote.family, [&](ProcessUnit& one) {
    if (one.detached && one.pid != 0) unit = &one;
  });
  while (unit != nullptr && unit->parent) unit = unit->parent.get();
  return unit;
}

// The program has ended: nothing of it stays, but what is detached, which gets to know that.
void kill_all(const Zygote& zygote) noexcept {
  for (const auto& [pid, unit] : zygote.children) {
    if (!unit || !unit->detached) kill(pid, SIGKILL);
  }
  for (const auto& [descriptor, unit] : zygote.adopted) {
    if (!unit->detached) syscall(SYS_pidfd_send_signal, descriptor, SIGKILL, nullptr, 0);
  }
  ProcessUnit* first = first_for_detached(zygote);
  for (const auto& [pid, unit] : zygote.children) {
    if (unit && unit->detached) continue;
    int status = 0;
    waitpid(pid, &status, 0);
    if (unit && first != nullptr) unit->is_gone(status);
  }
  if (first == nullptr) return;
  for (const auto& [descriptor, unit] : zygote.adopted) {
    if (unit->detached || !wait_for_end(unit->pid)) continue;
    unit->is_gone(likely_status(*unit));
  }
  if (first->has_ended() || wait_for_end(first->pid)) first->first_is_gone();
}

// The pid; 0 in the new process, negative when there is none.
pid_t fork_child(Zygote& zygote, ProcessUnit* unit) {
  auto place = zygote.children.emplace(-1, unit).first;  // no failure once it is forked
  const pid_t pid = fork();
  if (pid == 0) return 0;
  auto node = zygote.children.extract(place);
  if (pid < 0) return -1;
  node.key() = pid;
  zygote.children.insert(std::move(node));
  return pid;
}

bool give_to_spare(Zygote& zygote, const Request& request) noexcept {
  if (zygote.spare == 0) return false;
  Ref<ProcessUnit>& of_spare = zygote.children.find(zygote.spare)->second;
  const pid_t pid = zygote.spare;
  const bool given = send_request(zygote.spare_line, request) == 0;
  if (given) of_spare = request.unit;
  forget_spare(zygote);
  if (given) request.unit->forked(pid);
  return given;  // otherwise it was killed
}

// The spare's end of the line in that process, -1 in the zygote.
int make_spare(Zygote& zygote) {
  zygote.wants_spare = false;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  const pid_t pid = fork_child(zygote, nullptr);
  if (pid == 0) {
    close(ends[0]);
    return lifeline::out_of_the_way(ends[1]);
  }
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
  } else {
    zygote.spare = pid;
    zygote.spare_line = ends[0];
  }
  return -1;
}

// True in the process that was forked for it.
bool fork_for(Zygote& zygote, const Request& request) {
  const pid_t pid = fork_child(zygote, request.unit);
  if (pid == 0) return true;
  if (pid > 0) {
    request.unit->forked(pid);
  } else {
    request.unit->could_not_fork(errno);
  }
  return false;
}

// In a process that was forked, what it is: a request, or the line that a spare waits at.
struct Born {
  Request request{};
  int line = -1;
  [[nodiscard]] bool is_born() const noexcept { return request.unit != nullptr || line >= 0; }
};

Born serve_request(Zygote& zygote) {
  const Request request = receive_request(zygote.listener, false);
  if (request.unit == nullptr) {
    adopt_all(zygote);
    return {};
  }
  zygote.wants_spare = true;
  if (!give_to_spare(zygote, request) && fork_for(zygote, request)) return {request};
  close(request.working_directory);
  drop(*request.unit);
  return {};
}

// What else the program had open and an exec leaves open: somebody may wait for its last end.
void close_others(std::array<int, 3> kept) noexcept {
  std::sort(kept.begin(), kept.end());
  unsigned first = STDERR_FILENO + 1;
  for (const int number : kept) {
    const auto next = static_cast<unsigned>(number);
    if (next > first) close_range(first, next - 1, 0);
    first = next + 1;
  }
  close_range(first, ~0U, 0);
}

// Until the program has ended, but in a process that was forked.
Born serve(Zygote& zygote) {
  std::vector<pollfd> watched;
  for (;;) {
    watched = {
        {zygote.listener, POLLIN, 0}, {zygote.signals, POLLIN, 0}, {lifeline::descriptor(), 0, 0}};
    for (const auto& one : zygote.adopted) watched.push_back({one.first, POLLIN, 0});
    const int ready = poll(watched.data(), watched.size(), zygote.wants_spare ? 0 : -1);
    if (ready < 0 && errno != EINTR) return {};
    if (ready == 0) {
      if (const int line = make_spare(zygote); line >= 0) return {{}, line};
    }
    if (ready <= 0) continue;
    if (watched[2].revents != 0) return {};
    if (watched[1].revents != 0) reap(zygote);
    if (!zygote.adopted.empty()) see_adopted_end(zygote);
    if (watched[0].revents == 0) continue;
    if (Born born = serve_request(zygote); born.is_born()) return born;
  }
}

}  // namespace

int run_zygote(char** argv, const ProcessBody& body) {
  static Zygote zygote;  // in a forked process other stacks may be what a leak checker looks at
  zygote.listener = std::atoi(argv[socket_argument]);
  lifeline::inherit(std::atoi(argv[lifeline_argument]));
  const int arena_file = std::atoi(argv[arena_argument]);
  close_others({zygote.listener, lifeline::descriptor(), arena_file});
  for (const int number : {zygote.listener, lifeline::descriptor()}) {
    fcntl(number, F_SETFD, FD_CLOEXEC);
  }
  zygote.title = argv[name_argument];
  zygote.title_room = static_cast<std::size_t>(argv[room_argument] + kTitleRoom - zygote.title);
  arena::attach(arena_file);
  const std::uint32_t family = static_cast<std::uint32_t>(std::atoll(argv[family_argument]));
  zygote.family = Ref<Family>::from_granule(family).get();
  prctl(PR_SET_NAME, kZygoteName);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  zygote.signals = lifeline::out_of_the_way(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  // Ctrl-C is for those who run scripts. Not ignored but kept back, also in a new process until it
  // is ready for them.
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGQUIT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  adopt_all(zygote);
  body.prepare();
  const Born born = serve(zygote);
  if (born.is_born()) return live(zygote, body, born.request, born.line);
  kill_all(zygote);
  return EXIT_SUCCESS;
}

}  // namespace braid::runtime
