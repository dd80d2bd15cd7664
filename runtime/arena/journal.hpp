// What a thread is in the middle of: an undo journal, so that a process may be killed at any
// instruction and leave every shared object as it was before the change it was making, or after.
//
// While a thread holds a mutex through MutexLock it is in a *section*. In it each store into a
// Guarded field first notes what was there. The end of the section forgets the notes by one store,
// and only then gives the mutex up. Whoever gets a mutex whose holder was killed finds the
// holder's journal named in it, and puts back what was noted: the section did not happen. Blocks
// taken in a section are given back with it; blocks given back in one go only when it has ended.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "arena/fault.hpp"
#include "arena/ref.hpp"

namespace braid::runtime::arena {

// Keeps the compiler from moving stores across. The processor needs no fence: whoever takes the
// mutex of a dead holder sees all that it has done.
inline void keep_order() noexcept {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  fault::point();
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

// The thread's own; others read and mend it once the thread is gone. In the arena.
struct Journal {
  // `size` bytes at `offset` were `old`, before a section of that mutex changed them.
  struct Note {
    std::uint32_t mutex;  // its granule; 0 = was put back
    std::uint32_t size;
    std::uint64_t offset;
    std::uint64_t old;
  };
  // In `size`: only if it has become what stands in the upper half of `old`.
  static constexpr std::uint32_t kIfBecome = 1U << 16;
  // A block that was taken, or is to be given back.
  struct Block {
    std::uint32_t mutex;  // 0 = its section has ended
    std::uint32_t granule;
  };
  static constexpr std::uint32_t kFirstNotes = 48;
  static constexpr std::uint32_t kMostBlocks = 12;

  std::uint32_t sections = 0;   // how many the thread is in; they nest
  std::uint32_t mutex = 0;      // of the innermost
  std::uint32_t committed = 0;  // the section of this mutex has ended, though it may be held still
  std::uint32_t count = 0;      // of notes
  std::uint32_t room = kFirstNotes;
  std::uint32_t taken_count = 0;
  std::uint32_t given_count = 0;
  Ref<Note> more;  // the notes, when there are more than fit in here
  std::array<Note, kFirstNotes> first;
  std::array<Block, kMostBlocks> taken;
  std::array<Block, kMostBlocks> given;
  alignas(64) std::array<std::byte, 64> upper;  // for the layer above; zero at first

  [[nodiscard]] Note* notes() noexcept { return more ? more.get() : first.data(); }
};

// The calling thread's, from its first use of the arena on. Null: there was no memory for it.
inline thread_local constinit Journal* t_journal = nullptr;

// Makes room. False: there is no memory, and to be killed in this section is not survived.
[[nodiscard]] bool more_room(Journal& journal) noexcept;

[[nodiscard]] inline bool in_section() noexcept {
  return t_journal != nullptr && t_journal->sections != 0;
}

// Adds a note, if the calling thread is in a section. What is in no arena (a copy on the stack)
// needs none.
inline void note(const void* where, std::uint32_t size, std::uint64_t old) noexcept {
  Journal* journal = t_journal;
  if (journal == nullptr || journal->sections == 0) return;
  const auto offset = static_cast<std::uint64_t>(static_cast<const std::byte*>(where) - g_base);
  if (offset >= g_bytes) return;
  if (journal->count == journal->room && !more_room(*journal)) [[unlikely]]
    return;
  journal->notes()[journal->count] = {journal->mutex, size, offset, old};
  keep_order();
  ++journal->count;
  keep_order();
}

// Notes what stands there now; at most 8 bytes.
inline void save(const void* where, std::size_t size) noexcept {
  if (!in_section()) return;
  std::uint64_t old = 0;
  std::memcpy(&old, where, size);
  note(where, static_cast<std::uint32_t>(size), old);
}

// The same for a word that others change, too, without the mutex: it is put back to `old` if it has
// become `becomes`, which it does by nobody else.
inline void save_if(const std::atomic<std::uint32_t>& word, std::uint32_t becomes,
                    std::uint32_t old) noexcept {
  note(&word, sizeof word | Journal::kIfBecome, std::uint64_t{becomes} << 32 | old);
}

}  // namespace braid::runtime::arena

namespace braid::runtime {

// A field of a shared object that its mutex guards: what it was is noted before it changes.
template <typename T>
class Guarded {
  static_assert(sizeof(T) <= 8 && std::is_trivially_copyable_v<T>);

 public:
  constexpr Guarded() noexcept = default;
  constexpr Guarded(T value) noexcept : value_(value) {}  // NOLINT(google-explicit-constructor)
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded& other) noexcept { return *this = other.value_; }
  Guarded& operator=(T value) noexcept {
    arena::save(&value_, sizeof value_);
    value_ = value;
    return *this;
  }
  operator T() const noexcept { return value_; }  // NOLINT(google-explicit-constructor)
  // What no section takes back.
  void reset(T value) noexcept { value_ = value; }
  Guarded& operator+=(T value) noexcept { return *this = static_cast<T>(value_ + value); }
  Guarded& operator-=(T value) noexcept { return *this = static_cast<T>(value_ - value); }
  Guarded& operator|=(T value) noexcept { return *this = static_cast<T>(value_ | value); }
  T operator++() noexcept { return *this += 1; }
  T operator--() noexcept { return *this -= 1; }

 private:
  T value_{};
};

template <typename T>
class Guarded<Ref<T>> {
 public:
  constexpr Guarded() noexcept = default;
  constexpr Guarded(Ref<T> ref) noexcept : ref_(ref) {}  // NOLINT(google-explicit-constructor)
  Guarded(T* object) noexcept : ref_(object) {}          // NOLINT(google-explicit-constructor)
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded& other) noexcept { return *this = other.ref_; }
  Guarded& operator=(Ref<T> ref) noexcept {
    arena::save(&ref_, sizeof ref_);
    ref_ = ref;
    return *this;
  }
  Guarded& operator=(T* object) noexcept { return *this = Ref<T>(object); }
  Guarded& operator=(std::nullptr_t) noexcept { return *this = Ref<T>(); }
  operator Ref<T>() const noexcept { return ref_; }  // NOLINT(google-explicit-constructor)
  [[nodiscard]] T* get() const noexcept { return ref_.get(); }
  T& operator*() const noexcept { return *ref_; }
  T* operator->() const noexcept { return ref_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(ref_); }
  [[nodiscard]] std::uint32_t granule() const noexcept { return ref_.granule(); }
  friend bool operator==(const Guarded& a, const Guarded& b) noexcept { return a.ref_ == b.ref_; }

 private:
  Ref<T> ref_;
};

// The same for a word that others read without the mutex, and change only with it.
template <typename T>
class GuardedAtomic {
 public:
  constexpr GuardedAtomic(T value) noexcept
      : value_(value) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] T load(std::memory_order order = std::memory_order_seq_cst) const noexcept {
    return value_.load(order);
  }
  operator T() const noexcept { return load(); }  // NOLINT(google-explicit-constructor)
  GuardedAtomic& operator=(T value) noexcept {
    store(value);
    return *this;
  }
  void store(T value, std::memory_order order = std::memory_order_seq_cst) noexcept {
    save();
    value_.store(value, order);
  }
  bool compare_exchange_strong(T& expected, T desired) noexcept {
    save();
    return value_.compare_exchange_strong(expected, desired);
  }
  void fetch_add(T value) noexcept {
    save();
    value_.fetch_add(value);
  }
  void fetch_sub(T value) noexcept {
    save();
    value_.fetch_sub(value);
  }

 private:
  void save() const noexcept {
    if (!arena::in_section()) return;
    const T now = value_.load(std::memory_order_relaxed);
    std::uint64_t old = 0;
    std::memcpy(&old, &now, sizeof now);
    arena::note(&value_, sizeof now, old);
  }

  static_assert(sizeof(std::atomic<T>) <= 8 && sizeof(std::atomic<T>) == sizeof(T));
  std::atomic<T> value_;
};

}  // namespace braid::runtime
