// What a message looks like. It never leaves the machine, nor the program: native byte order, and
// no versions.
//
//   message   = header value* references?     header: bit 7 = references follow the values, else
//   the
//               count of values, 127 = it stands in a varint behind
//   references= (type u32, id u64)* count u32, check u32: found from the end
//   value     = a byte that is a small integer or the length of a short string, or a Tag and:
//   table     = array-count varint, hash-size byte (0 = no pairs, n = up to 2^(n-1)), the items of
//               the array (nil allowed), key value pairs and Tag::end, then the metatable of
//               table_meta
//   function  = size u32, hash u64, bytecode, cell-count byte, cells, (name value)* Tag::end
//   known     = number u16, hash u64 of a prototype (prototypes.hpp), and the rest of a function
//   cell      = Tag::cell value, or Tag::ref to the cell of a function before
//   transfer  = count varint, function, arguments: the value is the function's first result
//   handle    = varint index in the references
//   ref       = varint offset of an object's tag, from the start of the message
//   name      = the type it has (a byte), count of parts (a byte), the parts as strings
// Objects that a ref points to have an odd tag, so that the receiver remembers only those.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace braid::codec::wire {

enum class Tag : std::uint8_t {
  // 0x00 … 0x7f: the integers 0 … 127
  small_negative = 0x80,  // … 0x9f: -32 … -1
  short_string = 0xa0,    // … 0xdf: a string of 0 … 63 bytes
  nil = 0xe0,
  boolean_false,
  boolean_true,
  integer16,
  integer32,
  integer64,
  number,
  string,  // size varint, bytes
  ref,
  name,
  registry,  // a string: the metatable that the registry has by that name
  globals,   // the receiver's _G
  origin,    // u64: the state that the globals behind it come from
  late,      // before the ref to a metatable with __gc, which may be incomplete when it is read
  end,
  table = 0xf0,
  table_shared,
  table_meta,
  table_meta_shared,
  function,
  function_shared,
  handle,
  handle_shared,
  transfer,
  transfer_shared,
  cell,
  cell_shared,
  known,
  known_shared,
};

inline constexpr std::byte kReferences{0x80};
inline constexpr unsigned kManyValues = 127;
inline constexpr std::size_t kReferenceSize = 12;
inline constexpr std::size_t kReferencesEnd = 8;
inline constexpr std::size_t kMaxVarint = 10;
inline constexpr std::size_t kLongestShortString = 63;

inline std::byte* put(std::byte* at, Tag tag) noexcept {
  *at = static_cast<std::byte>(tag);
  return at + 1;
}

template <typename T>
std::byte* put_raw(std::byte* at, T value) noexcept {
  std::memcpy(at, &value, sizeof value);
  return at + sizeof value;
}

template <typename T>
T get_raw(const std::byte* at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// At most kMaxVarint bytes.
inline std::byte* put_varint(std::byte* at, std::uint64_t value) noexcept {
  while (value >= 0x80) {
    *at++ = static_cast<std::byte>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<std::byte>(value);
  return at;
}

// Null when the bytes end before the number does.
inline const std::byte* get_varint(const std::byte* at, const std::byte* end,
                                   std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned shift = 0; at != end && shift < 64; shift += 7) {
    const auto byte = static_cast<std::uint64_t>(*at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return at;
  }
  return nullptr;
}

// The string at `at`, which is moved behind it. Only for bytes that were just written.
inline std::string_view get_string(const std::byte*& at, const std::byte* end) noexcept {
  const auto tag = static_cast<Tag>(*at++);
  auto size = static_cast<std::uint64_t>(tag) - static_cast<std::uint64_t>(Tag::short_string);
  const std::byte* text = tag == Tag::string ? get_varint(at, end, size) : at;
  if (text == nullptr) return {};
  at = text + size;
  return {reinterpret_cast<const char*>(text), size};
}

}  // namespace braid::codec::wire
