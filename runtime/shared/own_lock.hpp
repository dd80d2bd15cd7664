// The lock that comes with a shared object, for scripts to take: most never do, so it is made when
// it is first asked for.
#pragma once

#include "sync/lock.hpp"

namespace braid::runtime {

// Any thread or process; the object that it is part of holds one reference to the lock.
class OwnLock {
 public:
  // Its own, a given one (which it retains), or none at all.
  enum class Kind : std::uint8_t { own, none };
  explicit OwnLock(Kind kind, Lock* given = nullptr) noexcept;
  ~OwnLock();
  OwnLock(const OwnLock&) = delete;
  OwnLock& operator=(const OwnLock&) = delete;

  // Null when there is none. Throws std::bad_alloc.
  [[nodiscard]] Lock* get();
  // Null until somebody has asked for it.
  [[nodiscard]] Lock* made() const noexcept {
    return Ref<Lock>::from_granule(granule_.load(std::memory_order_acquire)).get();
  }

 private:
  const Kind kind_;
  std::atomic<std::uint32_t> granule_;  // of the lock; 0 -> lock, once
};

}  // namespace braid::runtime
