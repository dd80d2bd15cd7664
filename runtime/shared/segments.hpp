// A growing row of items in the arena: it never moves one, so that growing costs the same whatever
// its length, and nothing that a process killed in between could leave half done.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "arena/arena.hpp"
#include "arena/journal.hpp"

namespace braid::runtime {

// Segments of twice the length each; items are uninitialised until they are written. Guarded by its
// owner's mutex.
template <typename T>
class Segments {
 public:
  Segments() noexcept = default;
  Segments(const Segments&) = delete;
  Segments& operator=(const Segments&) = delete;
  ~Segments() { shrink(0); }

  [[nodiscard]] T& operator[](std::uint64_t index) noexcept {
    const std::size_t segment = segment_of(index);
    return segments_[segment].get()[index - start_of(segment)];
  }
  // Room for the items below `count`. Throws std::bad_alloc.
  void reserve(std::uint64_t count) {
    if (count <= capacity_) [[likely]]
      return;
    for (std::size_t i = segment_of(capacity_); i <= segment_of(count - 1); ++i) {
      if (i == kSegments) throw std::bad_alloc();
      const std::uint64_t length = start_of(i + 1) - start_of(i);
      segments_[i] = static_cast<T*>(arena::allocate(length * sizeof(T)));
      arena::keep_order();
      capacity_ = start_of(i + 1);
    }
  }
  // Gives back what items from `count` on would need.
  void shrink(std::uint64_t count) noexcept {
    while (capacity_ > 0 && count <= start_of(segment_of(capacity_ - 1))) {
      const std::size_t last = segment_of(capacity_ - 1);
      capacity_ = start_of(last);
      arena::keep_order();
      arena::release(segments_[last].get());
    }
  }
  [[nodiscard]] std::uint64_t capacity() const noexcept { return capacity_; }

 private:
  static constexpr std::uint64_t kFirst = 64 / sizeof(T);  // fills the arena's smallest block
  static constexpr std::size_t kSegments = 32;

  static std::size_t segment_of(std::uint64_t index) noexcept {
    return static_cast<std::size_t>(std::bit_width(index / kFirst));
  }
  static std::uint64_t start_of(std::size_t segment) noexcept {
    return segment == 0 ? 0 : kFirst << (segment - 1);
  }

  std::uint64_t capacity_ = 0;
  std::array<Ref<T>, kSegments> segments_;
};

}  // namespace braid::runtime
