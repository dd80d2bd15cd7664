// Encoded values in the arena: what one unit leaves for others. This layer does not know what is in
// them, only that they must be told when they are dropped, since they may refer to shared objects.
#pragma once

#include <cstddef>
#include <cstdint>

namespace braid::runtime {

struct alignas(16) Message {
  std::size_t size;
  [[nodiscard]] const std::byte* bytes() const noexcept {
    return reinterpret_cast<const std::byte*>(this + 1);
  }
};

// A copy of the bytes, which owns the references in them. Throws std::bad_alloc.
[[nodiscard]] Message* make_message(const std::byte* bytes, std::size_t size);
// Releases the references in the message, then the message. Null is allowed.
void drop_message(Message* message) noexcept;
// Releases the references in encoded bytes, which are somebody else's.
void release_references(const std::byte* bytes, std::size_t size) noexcept;
// How the references in encoded bytes are released. Set once, before any message is dropped.
void on_message_drop(void (*release)(const std::byte* bytes, std::size_t size) noexcept) noexcept;

}  // namespace braid::runtime
