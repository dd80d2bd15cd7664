#include "park/parker.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace braid::runtime {

void Parker::wait(std::uint32_t seen, Nanos deadline) noexcept {
  timespec until{};
  const timespec* limit = nullptr;
  if (deadline != kForever) {
    until.tv_sec = deadline / kNanosPerSecond;
    until.tv_nsec = deadline % kNanosPerSecond;
    limit = &until;
  }
  // FUTEX_WAIT_BITSET takes an absolute time of the monotonic clock, so no drift adds up.
  syscall(SYS_futex, &word_, FUTEX_WAIT_BITSET_PRIVATE, seen, limit, nullptr,
          FUTEX_BITSET_MATCH_ANY);
}

void Parker::unpark() noexcept {
  word_.fetch_add(1, std::memory_order_release);
  syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace braid::runtime
