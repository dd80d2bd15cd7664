// Functions that were sent more than once: their bytecode stands in the arena, where the receivers
// of all processes find it, and messages only name it.
//
// There are at most kMost of them, for as long as the program lives. What does not fit is sent as
// it is. Any thread of any process; one that is killed while it adds one has added none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "codec/bytecode.hpp"

namespace braid::codec {

struct Prototype {
  static constexpr std::size_t kLargest = std::size_t{16} * 1024;

  std::uint64_t hash;            // of the bytecode
  bytecode::UpvalueSet globals;  // which upvalues were _G: the names depend on that
  std::uint32_t size;
  std::uint16_t names;      // how many globals it names: behind the bytecode
  bool is_same_everywhere;  // two copies cannot be told apart: it has no upvalue of its own

  [[nodiscard]] const std::byte* code() const noexcept {
    return reinterpret_cast<const std::byte*>(this + 1);
  }
  [[nodiscard]] std::string_view name(std::size_t i) const noexcept;
};

namespace prototypes {

inline constexpr std::size_t kMost = 512;

// Its number, from 1, old or new; 0 = there is no room. `names` are places in the bytecode.
[[nodiscard]] std::uint16_t add(const Prototype& like, const std::byte* code,
                                const bytecode::Span* names, std::size_t code_offset) noexcept;
// Null when there is none of that number.
[[nodiscard]] const Prototype* at(std::uint16_t number) noexcept;

}  // namespace prototypes
}  // namespace braid::codec
