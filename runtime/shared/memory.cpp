#include "shared/memory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace braid::runtime {
namespace {

constexpr const char* kFolder = "/dev/shm";
constexpr const char* kPrefix = "braid-";

struct Path {
  explicit Path(const char* name) noexcept {
    std::snprintf(text, sizeof text, "%s/%s", kFolder, name);
  }
  char text[Memory::kNameRoom + 16];
};

struct File {
  explicit File(int of_number) noexcept : number(of_number) {}
  ~File() {
    if (number >= 0) close(number);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int release() noexcept {
    const int released = number;
    number = -1;
    return released;
  }
  int number;
};

// Nothing that lies there under such a name makes it wait or has it leave the folder.
int open_segment(const char* path) noexcept {
  return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

// A file that has no name yet, with all its memory; it goes with its descriptor.
int make_file(std::size_t size, int& error) noexcept {
  File file(open(kFolder, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR));
  error = file.number < 0 ? errno : 0;
  if (error != 0) return -1;
  do {
    error = posix_fallocate(file.number, 0, static_cast<off_t>(size));
  } while (error == EINTR);
  return error == 0 ? file.release() : -1;
}

int give_name(int file, const char* name) noexcept {
  char nameless[32];
  std::snprintf(nameless, sizeof nameless, "/proc/self/fd/%d", file);
  return linkat(AT_FDCWD, nameless, AT_FDCWD, Path(name).text, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

// --- Names of ours ---

std::mutex g_mutex;
constinit Memory* g_locked = nullptr;  // guarded by g_mutex
constinit pid_t g_sweeper = 0;         // the process that begin() was called in

// The program that such a name belongs to; 0 = it is none.
pid_t program_of(const char* name) noexcept {
  const std::size_t prefix = std::strlen(kPrefix);
  if (std::strncmp(name, kPrefix, prefix) != 0) return 0;
  char* end = nullptr;
  const long pid = std::strtol(name + prefix, &end, 10);
  return *end == '-' && pid > 0 ? static_cast<pid_t>(pid) : 0;
}

void sweep_one(const char* name) noexcept {
  const Path path(name);
  const File file(open_segment(path.text));
  struct stat status {};
  if (file.number < 0 || fstat(file.number, &status) != 0) return;
  if (status.st_uid != geteuid() || !S_ISREG(status.st_mode)) return;
  if (flock(file.number, LOCK_EX | LOCK_NB) == 0) unlink(path.text);
}

// Is the system about to end it? Then it never runs again.
bool is_exiting(pid_t pid) noexcept {
  char text[512];
  std::snprintf(text, sizeof text, "/proc/%d/stat", pid);
  const File file(open(text, O_RDONLY | O_CLOEXEC));
  const ssize_t size = file.number < 0 ? -1 : read(file.number, text, sizeof text - 1);
  if (size <= 0) return false;
  text[size] = '\0';
  constexpr unsigned kExiting = 4;  // PF_EXITING of the kernel
  unsigned flags = 0;
  // Behind the name, which may have anything in it: state, five numbers, the flags.
  const char* rest = std::strrchr(text, ')');
  return rest != nullptr && std::sscanf(rest, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
         (flags & kExiting) != 0;
}

}  // namespace

bool is_program_memory(const char* name) noexcept {
  return std::strncmp(name, kPrefix, std::strlen(kPrefix)) == 0;
}

void sweep_memory(pid_t ended) noexcept {
  DIR* folder = opendir(kFolder);
  if (folder == nullptr) return;
  while (const dirent* entry = readdir(folder)) {
    const pid_t program = program_of(entry->d_name);
    if (program == 0) continue;
    const bool gone = program == ended || (kill(program, 0) != 0 && errno == ESRCH);
    if (gone) sweep_one(entry->d_name);
  }
  closedir(folder);
}

void sweep_memory_after(pid_t program) noexcept {
  if (is_exiting(program)) {
    const File process(static_cast<int>(syscall(SYS_pidfd_open, program, 0)));
    pollfd ended{process.number, POLLIN, 0};
    while (process.number >= 0 && poll(&ended, 1, -1) < 0 && errno == EINTR) {
    }
  }
  sweep_memory(program);
}

// What a state that was not closed still has mapped is used no more.
void at_exit() {
  if (getpid() != g_sweeper) return;  // a fork that somebody else has made
  {
    const std::lock_guard<std::mutex> lock(g_mutex);
    for (const Memory* memory = g_locked; memory != nullptr; memory = memory->next_) {
      flock(memory->locked_, LOCK_UN);
    }
  }
  sweep_memory(g_sweeper);
}

namespace {

// Before the first segment that this process makes.
void begin() noexcept {
  static const bool kBegun = [] {
    g_sweeper = getpid();
    sweep_memory(0);
    return std::atexit(at_exit) == 0;
  }();
  (void)kBegun;
}

}  // namespace

// The file stays the caller's.
int Memory::map(int file, std::size_t size) noexcept {
  struct stat status {};
  if (fstat(file, &status) != 0) return errno;
  void* start = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (start == MAP_FAILED) return errno;
  data_ = static_cast<unsigned char*>(start);
  size_ = size;
  device_ = status.st_dev;
  node_ = status.st_ino;
  return 0;
}

// The lock on it lasts as long as it is open.
void Memory::keep(int file) noexcept {
  locked_ = file;
  const std::lock_guard<std::mutex> lock(g_mutex);
  next_ = g_locked;
  link_ = &g_locked;
  if (next_ != nullptr) next_->link_ = &next_;
  g_locked = this;
}

int Memory::create(const char* name, std::size_t size) noexcept {
  begin();
  int error = 0;
  const File file(make_file(size, error));
  if (error == 0) error = map(file.number, size);
  if (error == 0) error = give_name(file.number, name);
  if (error == 0) {
    std::snprintf(name_, sizeof name_, "%s", name);
    owner_ = true;
  } else {
    close();
  }
  return error;
}

int Memory::create_for(pid_t program, std::size_t size) noexcept {
  static std::atomic<unsigned> count = 0;
  begin();
  int error = 0;
  File file(make_file(size, error));
  if (error == 0 && flock(file.number, LOCK_SH | LOCK_NB) != 0) error = errno;
  if (error == 0) error = map(file.number, size);
  if (error == 0) {
    do {
      std::snprintf(name_, sizeof name_, "%s%d-%d-%u", kPrefix, program, getpid(), ++count);
      error = give_name(file.number, name_);
    } while (error == EEXIST);
  }
  if (error == 0) {
    keep(file.release());
    owner_ = true;
  } else {
    close();
  }
  return error;
}

int Memory::attach(const char* name) noexcept {
  const bool ours = is_program_memory(name);
  if (ours) sweep_memory(0);
  File file(open_segment(Path(name).text));
  if (file.number < 0) return errno;
  // Only a sweep keeps others away: then it is as good as gone.
  if (ours && flock(file.number, LOCK_SH | LOCK_NB) != 0) return ENOENT;
  struct stat status {};
  if (fstat(file.number, &status) != 0) return errno;
  if (status.st_nlink == 0) return ENOENT;
  if (!S_ISREG(status.st_mode)) return EINVAL;
  if (status.st_size == 0) return ENODATA;
  if (const int error = map(file.number, static_cast<std::size_t>(status.st_size))) return error;
  std::snprintf(name_, sizeof name_, "%s", name);
  if (ours) keep(file.release());
  return 0;
}

void Memory::close() noexcept {
  if (data_ == nullptr) return;
  munmap(data_, size_);
  data_ = nullptr;
  if (locked_ < 0) return;
  {
    const std::lock_guard<std::mutex> lock(g_mutex);
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
  }
  ::close(locked_);
  locked_ = -1;
}

bool Memory::is_named() const noexcept {
  struct stat status {};
  return lstat(Path(name_).text, &status) == 0 && status.st_dev == device_ &&
         status.st_ino == node_;
}

int Memory::unlink() const noexcept {
  if (!is_named()) return ENOENT;
  return ::unlink(Path(name_).text) == 0 ? 0 : errno;
}

}  // namespace braid::runtime
