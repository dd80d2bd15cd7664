// One message as queues keep it and as it travels in the node of a wait: a short one lies inside,
// a longer one in a block of the arena. What the bytes mean is the codec's affair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "arena/journal.hpp"

namespace braid::runtime {

// Owns a message as a pointer owns what it points to: whoever has it moves it on or drops it. It
// may be copied byte by byte, and lives in shared memory and in nodes.
class Cell {
 public:
  static constexpr std::size_t kInside = 56;

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  // Room for a message of `size` bytes, to be filled; the cell must be empty. `keyed`: a SortKey
  // stands in front of it. Throws std::bad_alloc.
  std::byte* make(std::size_t size, bool keyed);
  // The same for a short message without key: at most kInside bytes are written to the place, and
  // then it is said how many.
  [[nodiscard]] std::byte* place() noexcept { return inside_; }
  void made(std::size_t size) noexcept {
    size_ = size;
    keyed_ = 0;
    text_at_ = 0;
    own_ = 0;
  }
  // All of it, and the part behind the key.
  [[nodiscard]] const std::byte* data() const noexcept {
    return size_ <= kInside ? inside_ : block();
  }
  [[nodiscard]] std::byte* data() noexcept { return size_ <= kInside ? inside_ : block(); }
  [[nodiscard]] std::span<const std::byte> body() const noexcept;
  [[nodiscard]] bool keyed() const noexcept { return keyed_ != 0; }

  // The message is one string, whose bytes begin there and end with the message.
  void set_text_at(std::size_t offset) noexcept { text_at_ = offset; }
  [[nodiscard]] bool is_text() const noexcept { return text_at_ != 0; }
  [[nodiscard]] std::span<const std::byte> text() const noexcept {
    return {data() + text_at_, text_size()};
  }
  [[nodiscard]] std::size_t text_size() const noexcept { return size_ - text_at_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  // How many references to the object that it is put in the message holds.
  void set_own(std::uint64_t count) noexcept { own_ = count < kMostOwn ? count : kMostOwn; }
  [[nodiscard]] std::uint64_t own() const noexcept { return own_; }

  // Has the other's message now. In a section that is undone it is empty again.
  void become(const Cell& other) noexcept {
    arena::save(this, sizeof(std::uint64_t));
    std::memcpy(inside_, other.inside_, sizeof inside_);
    arena::keep_order();
    std::memcpy(static_cast<void*>(this), &other, sizeof(std::uint64_t));
  }
  // The same in place of its own, which is in a section put back.
  void replace(const Cell& other) noexcept {
    const auto* words = reinterpret_cast<const std::uint64_t*>(this);
    for (std::size_t i = 0; i < sizeof(Cell) / sizeof *words; ++i) {
      arena::save(words + i, sizeof *words);
    }
    *this = other;
  }
  // The message is not here any more: somebody else has a copy of the cell.
  void forget() noexcept {
    arena::save(this, sizeof(std::uint64_t));
    size_ = 0;
  }
  // The message is no more. Does nothing to an empty cell.
  void drop() noexcept;
  // Gives back the message's memory, but not its references.
  void free() noexcept;

 private:
  static constexpr std::uint64_t kMostOwn = 0x7ff;

  [[nodiscard]] std::byte* block() const noexcept;

  std::uint64_t size_ : 48 = 0;
  std::uint64_t keyed_ : 1 = 0;
  std::uint64_t text_at_ : 4 = 0;
  std::uint64_t own_ : 11 = 0;
  alignas(8) std::byte inside_[kInside];  // or the granule of the block
};
static_assert(sizeof(Cell) == 64 && std::is_trivially_copyable_v<Cell>);

}  // namespace braid::runtime
