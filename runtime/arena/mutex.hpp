// The lock of shared objects: held for nanoseconds, never while Lua runs or allocates.
#pragma once

#include <pthread.h>

#if defined(__clang__)
#define BRAID_ANNOTATE(x) __attribute__((x))
#else
#define BRAID_ANNOTATE(x)
#endif
#define BRAID_CAPABILITY BRAID_ANNOTATE(capability("mutex"))
#define BRAID_SCOPED_CAPABILITY BRAID_ANNOTATE(scoped_lockable)
#define BRAID_GUARDED_BY(mutex) BRAID_ANNOTATE(guarded_by(mutex))
#define BRAID_REQUIRES(mutex) BRAID_ANNOTATE(requires_capability(mutex))
#define BRAID_ACQUIRE(...) BRAID_ANNOTATE(acquire_capability(__VA_ARGS__))
#define BRAID_RELEASE(...) BRAID_ANNOTATE(release_capability(__VA_ARGS__))

namespace braid::runtime {

// Tells the processor that this is a loop that waits.
inline void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Excludes every other thread of every process of the program.
//   Units:   any thread of any process; lives in the arena.
//   Waits:   for the holder, who is never waiting itself: spins for a moment, then sleeps.
//   Order:   as any mutex.
//   Death:   robust: when a holder was killed, lock() returns with the mutex held and consistent;
//            what it guards is left as the stores of the dead one left it, so every change is made
//            visible by its last store.
//   Errors:  none.                Cost: 9 ns for lock and unlock when nobody else wants it.
//   Tests:   tests/unit/arena_test.cpp
class BRAID_CAPABILITY Mutex {
 public:
  Mutex() noexcept;
  ~Mutex() { pthread_mutex_destroy(&mutex_); }
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() noexcept BRAID_ACQUIRE() {
    if (const int error = pthread_mutex_trylock(&mutex_); error != 0) [[unlikely]]
      lock_slowly(error);
  }
  // False = somebody holds it.
  [[nodiscard]] bool try_lock() noexcept BRAID_ANNOTATE(try_acquire_capability(true));
  void unlock() noexcept BRAID_RELEASE() { pthread_mutex_unlock(&mutex_); }

 private:
  void lock_slowly(int error) noexcept;

  pthread_mutex_t mutex_;
};

class BRAID_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) noexcept BRAID_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() BRAID_RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace braid::runtime
