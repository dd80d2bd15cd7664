#include "arena/mutex.hpp"

#include <cerrno>

#include "arena/recovery.hpp"

namespace braid::runtime {
namespace {

// A holder is done within some 100 ns, if it runs at all.
constexpr int kSpins = 64;

struct Attributes {
  Attributes() noexcept {
    pthread_mutexattr_init(&value);
    pthread_mutexattr_setpshared(&value, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&value, PTHREAD_MUTEX_ROBUST);
  }
  pthread_mutexattr_t value;
};

}  // namespace

Mutex::Mutex() noexcept {
  static const Attributes attributes;
  pthread_mutex_init(&mutex_, &attributes.value);
}

void Mutex::lock_slowly(int error) noexcept {
  for (int spin = 0; error == EBUSY && spin < kSpins; ++spin) {
    pause();
    error = pthread_mutex_trylock(&mutex_);
  }
  if (error == EBUSY) error = pthread_mutex_lock(&mutex_);
  if (error == EOWNERDEAD) recover();
}

bool Mutex::try_lock() noexcept {
  const int error = pthread_mutex_trylock(&mutex_);
  if (error == EOWNERDEAD) recover();
  if (error != 0 && error != EOWNERDEAD) return false;
  holder_ = arena::t_journal;
  return true;
}

// Should we be killed here, the next one finds the dead holder's name still, and begins anew.
void Mutex::recover() noexcept {
  arena::recover(*this, holder_.get());
  pthread_mutex_consistent(&mutex_);
}

}  // namespace braid::runtime
