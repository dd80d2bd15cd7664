// What a priority queue orders its messages by: a number or a string, and the order in which they
// were put. It stands in front of the message that it belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace braid::runtime {

// Compared as Lua's `<` does: integers and floats by their exact values, strings by the locale.
struct SortKey {
  enum class Type : std::uint32_t { integer, number, text };

  static SortKey of(std::int64_t value) noexcept { return {0, {.integer = value}, Type::integer}; }
  // `value` must not be nan.
  static SortKey of(double value) noexcept { return {0, {.number = value}, Type::number}; }
  static SortKey of(std::string_view text) noexcept {
    return {0, {.length = text.size()}, Type::text};
  }

  // The bytes that a key takes in front of a message, and how it gets there. `text` is that of a
  // key of this type.
  [[nodiscard]] std::size_t size() const noexcept {
    return sizeof(SortKey) + (type == Type::text ? value.length + 1 : 0);
  }
  void write(std::byte* to, std::string_view text) const noexcept;
  [[nodiscard]] static const SortKey& at(const std::byte* bytes) noexcept {
    return *reinterpret_cast<const SortKey*>(bytes);
  }
  [[nodiscard]] static std::size_t size_at(const std::byte* bytes) noexcept {
    return at(bytes).size();
  }

  // Would Lua compare the two? before() puts numbers before strings.
  [[nodiscard]] bool comparable(const SortKey& other) const noexcept {
    return (type == Type::text) == (other.type == Type::text);
  }
  // Both must lie in front of their messages.
  [[nodiscard]] bool before(const SortKey& other) const noexcept;

  std::uint64_t sequence;  // given by the queue
  union Value {
    std::int64_t integer;
    double number;
    std::uint64_t length;
  } value;
  Type type;
};

}  // namespace braid::runtime
