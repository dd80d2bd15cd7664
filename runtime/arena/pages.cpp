// The mapping, and whole pages of it.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <new>

#include "arena/layout.hpp"

namespace braid::runtime::arena {
namespace {

constexpr std::size_t kLargestRange = std::size_t{64} << 30;
constexpr std::size_t kSmallestRange = std::size_t{16} << 20;
// Free pages keep their memory up to this many, so that a message of some megabytes does not fault
// in fresh ones each time.
constexpr std::size_t kResidentPages = (std::size_t{64} << 20) / kPageBytes;

// A limit on the address space makes the range smaller, not the program fail: most of what the
// limit allows is left to others.
std::size_t wanted_range() noexcept {
  rlimit limit{};
  std::size_t bytes = kLargestRange;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    while (bytes > limit.rlim_cur / 4 && bytes > kSmallestRange) bytes /= 2;
  }
  return bytes;
}

constinit int g_file = -1;

// Out of the way of those that a script opens, if the limit allows.
void keep(int fd) noexcept {
  constexpr int kHigh = 200;
  g_file = fcntl(fd, F_DUPFD_CLOEXEC, kHigh);
  if (g_file < 0) {
    g_file = fd;
  } else {
    close(fd);
  }
}

// What the forking thread has at hand is not its copy's.
void forget_after_fork() noexcept {
  pthread_atfork(nullptr, nullptr, [] { t_journal = nullptr; });
}

std::byte* map(int fd, std::size_t bytes) noexcept {
  void* range = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
  return range == MAP_FAILED ? nullptr : static_cast<std::byte*>(range);
}

}  // namespace

void open() {
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  if (g_base != nullptr) return;
  const int fd = memfd_create("braid", MFD_CLOEXEC);
  if (fd < 0) throw std::bad_alloc();
  std::byte* range = nullptr;
  std::size_t bytes = wanted_range();
  for (; bytes >= kSmallestRange; bytes /= 2) {
    if (ftruncate(fd, static_cast<off_t>(bytes)) != 0) continue;
    if ((range = map(fd, bytes)) != nullptr) break;
  }
  if (range == nullptr) {
    close(fd);
    throw std::bad_alloc();
  }
  keep(fd);
  madvise(range, bytes, MADV_DONTDUMP);
  g_base = range;
  g_bytes = bytes;
  forget_after_fork();
  Header& head = *new (range) Header{};
  head.pages = bytes / kPageBytes;
  const std::size_t table_end =
      static_cast<std::size_t>(reinterpret_cast<std::byte*>(page_table() + head.pages) - range);
  head.first = static_cast<PageIndex>((table_end + kPageBytes - 1) / kPageBytes);
  head.top = head.lowest_free = head.first;
}

int file() {
  open();
  return g_file;
}

void attach(int file) {
  struct stat status {};
  if (fstat(file, &status) != 0) throw std::bad_alloc();
  g_base = map(file, static_cast<std::size_t>(status.st_size));
  if (g_base == nullptr) throw std::bad_alloc();
  g_bytes = static_cast<std::size_t>(status.st_size);
  forget_after_fork();
  madvise(g_base, static_cast<std::size_t>(status.st_size), MADV_DONTDUMP);
  keep(file);
}

PageIndex take_pages(std::size_t count) {
  Header& head = header();
  Page* table = page_table();
  PageIndex first = head.lowest_free;
  std::size_t found = 0;
  for (PageIndex page = first; page < head.top && found < count; ++page) {
    if (table[page].use == PageUse::free) {
      if (found == 0) first = page;
      ++found;
    } else {
      found = 0;
      if (table[page].use == PageUse::large) page += table[page].run - 1;
    }
  }
  if (found < count) {
    if (found == 0) first = head.top;
    if (count > head.pages - first) throw std::bad_alloc();
    head.top = static_cast<PageIndex>(first + count);
  }
  if (first == head.lowest_free) head.lowest_free = static_cast<PageIndex>(first + count);
  for (std::size_t i = 0; i < count; ++i) {
    if (table[first + i].resident) --head.resident_free;
    table[first + i] = Page{};
    table[first + i].use = PageUse::inside;
  }
  head.used_pages += count;
  return first;
}

void give_pages(PageIndex first, std::size_t count) noexcept {
  Header& head = header();
  Page* table = page_table();
  const std::size_t kept = head.resident_free >= kResidentPages
                               ? 0
                               : std::min(count, kResidentPages - head.resident_free);
  if (kept < count) {
    madvise(page_start(static_cast<PageIndex>(first + kept)), (count - kept) * kPageBytes,
            MADV_REMOVE);
  }
  for (std::size_t i = 0; i < count; ++i) {
    table[first + i] = Page{};
    table[first + i].resident = i < kept;
  }
  head.resident_free += kept;
  head.used_pages -= count;
  head.lowest_free = std::min(head.lowest_free, first);
}

}  // namespace braid::runtime::arena
