// What a table is asked for: a string, a number or a boolean, with its hash.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace braid::runtime {

// Refers to the text of others. A float that is an integer must have been made one: then two keys
// are the same when their kinds and bits are, or their texts. nan is no key.
struct Key {
  enum class Kind : std::uint8_t { boolean, integer, number, text };

  static Key of(bool value) noexcept { return {Kind::boolean, value ? 1U : 0U}; }
  static Key of(std::int64_t value) noexcept {
    return {Kind::integer, static_cast<std::uint64_t>(value)};
  }
  static Key of(double value) noexcept {
    return {Kind::number, std::bit_cast<std::uint64_t>(value)};
  }
  // At most UINT32_MAX bytes.
  static Key of(std::string_view value) noexcept {
    return {Kind::text, value.size(), value.data(), hash_of(value)};
  }

  [[nodiscard]] std::string_view view() const noexcept { return {text, bits}; }

  Kind kind;
  std::uint64_t bits;  // the value, or the size of the text
  const char* text = nullptr;
  std::uint32_t hash = fold(mix(bits + static_cast<std::uint64_t>(kind)));

 private:
  static constexpr std::uint64_t mix(std::uint64_t bits) noexcept {
    bits = (bits ^ bits >> 32) * 0xd6e8feb86659fd93u;
    return (bits ^ bits >> 32) * 0xd6e8feb86659fd93u;
  }
  static constexpr std::uint32_t fold(std::uint64_t bits) noexcept {
    return static_cast<std::uint32_t>(bits >> 32);
  }
  static std::uint32_t hash_of(std::string_view text) noexcept {
    std::uint64_t hash = text.size();
    for (; text.size() >= sizeof hash; text.remove_prefix(sizeof hash)) {
      std::uint64_t word;
      std::memcpy(&word, text.data(), sizeof word);
      hash = mix(hash ^ word);
    }
    std::uint64_t rest = 0;
    std::memcpy(&rest, text.data(), text.size());
    return fold(mix(hash ^ rest));
  }
};

}  // namespace braid::runtime
