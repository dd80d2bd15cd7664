// The lock of shared objects: held for nanoseconds, never while Lua runs or allocates.
#pragma once

#include <pthread.h>

#include "arena/journal.hpp"

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
//   Death:   robust: when a holder was killed, lock() returns with the mutex held and what the dead
//            one's section had changed undone (journal.hpp).
//   Errors:  none.                Cost: 9 ns for lock and unlock when nobody else wants it.
//   Tests:   tests/unit/arena_test.cpp, tests/fault
class alignas(16) BRAID_CAPABILITY Mutex {
 public:
  Mutex() noexcept;
  ~Mutex() { pthread_mutex_destroy(&mutex_); }
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() noexcept BRAID_ACQUIRE() {
    if (const int error = pthread_mutex_trylock(&mutex_); error != 0) [[unlikely]]
      lock_slowly(error);
    holder_ = arena::t_journal;
  }
  // False = somebody holds it.
  [[nodiscard]] bool try_lock() noexcept BRAID_ANNOTATE(try_acquire_capability(true));
  void unlock() noexcept BRAID_RELEASE() {
    holder_ = nullptr;
    arena::keep_order();
    pthread_mutex_unlock(&mutex_);
  }

  [[nodiscard]] std::uint32_t granule() noexcept { return Ref<Mutex>(this).granule(); }

 private:
  void lock_slowly(int error) noexcept;
  void recover() noexcept;

  pthread_mutex_t mutex_;
  Ref<arena::Journal> holder_;  // null while nobody holds it
};

namespace arena {

// A thread's change of what a mutex guards, which it holds. Sections nest.
class Section {
 public:
  explicit Section(Mutex& mutex) noexcept {
    journal_ = t_journal != nullptr ? t_journal : make_journal();
    if (journal_ == nullptr) return;
    outer_ = journal_->mutex;
    notes_ = journal_->count;
    taken_ = journal_->taken_count;
    journal_->committed = 0;
    journal_->mutex = mutex.granule();
    keep_order();
    ++journal_->sections;
    fault::point();
  }
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  // What follows changes what another mutex guards, which is held, too.
  void turn_to(Mutex& mutex) noexcept {
    if (journal_ != nullptr) journal_->mutex = mutex.granule();
  }
  // From here on the change has happened: to be called right before the mutex is given up.
  void commit() noexcept {
    if (journal_ != nullptr) commit(journal_->mutex);
  }
  // The same for a section of several mutexes.
  void commit_all() noexcept { commit(kAll); }
  // After the mutex was given up.
  void leave() noexcept {
    if (journal_ != nullptr && journal_->given_count != 0 && journal_->sections == 0) give_back();
  }

  static constexpr std::uint32_t kAll = UINT32_MAX;

 private:
  [[nodiscard]] static Journal* make_journal() noexcept;
  void commit(std::uint32_t mutex) noexcept {
    if (journal_ == nullptr) return;
    fault::point();
    keep_order();
    journal_->committed = mutex;
    keep_order();
    fault::point();
    journal_->count = notes_;
    journal_->taken_count = taken_;
    if (journal_->given_count != 0 || journal_->more) [[unlikely]]
      end_given(mutex);
    journal_->mutex = outer_;
    keep_order();
    --journal_->sections;
    fault::point();
  }
  void end_given(std::uint32_t mutex) noexcept;
  void give_back() noexcept;

  Journal* journal_;
  std::uint32_t outer_ = 0;
  std::uint32_t notes_ = 0;
  std::uint32_t taken_ = 0;
};

// What the section of this thread, its only one, has done so far is not undone any more.
void checkpoint() noexcept;

}  // namespace arena

// Holds the mutex, and makes what is done meanwhile a section.
class BRAID_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) noexcept BRAID_ACQUIRE(mutex)
      : mutex_((mutex.lock(), mutex)), section_(mutex) {}
  ~MutexLock() BRAID_RELEASE() {
    section_.commit();
    mutex_.unlock();
    section_.leave();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
  arena::Section section_;
};

}  // namespace braid::runtime
