// A place for one value of a table: numbers and short strings stand in it, others behind it.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "shared/content.hpp"

namespace braid::runtime {

// 16 bytes; two that are equal byte for byte hold the same value. Copying does not count
// references: who takes a copy out of a table retains its content.
struct alignas(16) Slot {
  enum class Tag : std::uint8_t {
    nil,
    boolean_false,
    boolean_true,
    integer,
    number,
    short_text,
    text,     // behind it, the bytes of a string
    encoded,  // behind it, a message of the codec
  };
  static constexpr std::size_t kLongestShortText = 14;

  static Slot of(bool value) noexcept {
    Slot slot;
    slot.tag = value ? Tag::boolean_true : Tag::boolean_false;
    return slot;
  }
  static Slot of(std::int64_t value) noexcept { return scalar(Tag::integer, value); }
  static Slot of(double value) noexcept { return scalar(Tag::number, value); }
  static Slot of(Tag content_tag, Content& content) noexcept {
    return scalar(content_tag, Ref<Content>(&content).granule());
  }
  static Slot of_short_text(std::string_view text) noexcept {
    Slot slot;
    slot.tag = Tag::short_text;
    slot.size = static_cast<std::uint8_t>(text.size());
    std::memcpy(slot.bytes.data(), text.data(), text.size());
    return slot;
  }

  [[nodiscard]] bool is_nil() const noexcept { return tag == Tag::nil; }
  [[nodiscard]] bool is_number() const noexcept {
    return tag == Tag::integer || tag == Tag::number;
  }
  [[nodiscard]] std::int64_t integer() const noexcept { return read<std::int64_t>(); }
  [[nodiscard]] double number() const noexcept { return read<double>(); }
  [[nodiscard]] double as_number() const noexcept {
    return tag == Tag::integer ? static_cast<double>(integer()) : number();
  }
  [[nodiscard]] std::string_view short_text() const noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), size};
  }
  // Null when the value stands in the slot itself.
  [[nodiscard]] Content* content() const noexcept {
    return tag < Tag::text ? nullptr : Ref<Content>::from_granule(read<std::uint32_t>()).get();
  }
  friend bool operator==(const Slot&, const Slot&) noexcept = default;

  Tag tag = Tag::nil;
  std::uint8_t size = 0;
  std::array<std::byte, kLongestShortText> bytes{};

 private:
  static constexpr std::size_t kScalarAt = 6;  // aligned to 8 in the slot

  template <typename T>
  static Slot scalar(Tag tag, T value) noexcept {
    Slot slot;
    slot.tag = tag;
    std::memcpy(slot.bytes.data() + kScalarAt, &value, sizeof value);
    return slot;
  }
  template <typename T>
  [[nodiscard]] T read() const noexcept {
    T value;
    std::memcpy(&value, bytes.data() + kScalarAt, sizeof value);
    return value;
  }
};
static_assert(sizeof(Slot) == 16);

inline void retain_content(const Slot& slot) noexcept {
  if (Content* content = slot.content()) content->retain();
}
inline void drop_content(const Slot& slot) noexcept {
  if (Content* content = slot.content()) content->drop();
}

// As Lua adds: with a float the sum is one. False: it is no integer that there is.
[[nodiscard]] inline bool sum(const Slot& a, const Slot& b, Slot& result) noexcept {
  if (a.tag == Slot::Tag::integer && b.tag == Slot::Tag::integer) {
    std::int64_t exact = 0;
    if (__builtin_add_overflow(a.integer(), b.integer(), &exact)) return false;
    result = Slot::of(exact);
  } else {
    result = Slot::of(a.as_number() + b.as_number());
  }
  return true;
}

}  // namespace braid::runtime
