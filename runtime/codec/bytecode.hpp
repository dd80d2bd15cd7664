// The little that the codec must know about Lua 5.4's precompiled functions: which globals they
// name.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/inline_stack.hpp"

namespace braid::codec::bytecode {

// A name in the bytes of a function: where and how long.
struct Span {
  std::size_t offset;
  std::size_t size;
};
using Spans = InlineStack<Span, 16>;

// Some of the upvalues of a function, counted from 0.
class UpvalueSet {
 public:
  void add(unsigned i) noexcept { bits_[i / 64 % 4] |= std::uint64_t{1} << i % 64; }
  friend bool operator==(const UpvalueSet&, const UpvalueSet&) noexcept = default;
  [[nodiscard]] bool has(unsigned i) const noexcept {
    return (bits_[i / 64 % 4] >> i % 64 & 1) != 0;
  }

 private:
  std::uint64_t bits_[4] = {};
};

// Adds the names that a function and those nested in it read or write as fields of the upvalues
// `globals`, unless they are there. What lua_dump wrote is in `bytes` from `from` to `to`; false
// means that it is of a form unknown here. `assigns`: one of them puts something else into such an
// upvalue. Throws std::bad_alloc.
bool find_globals(const std::byte* bytes, std::size_t from, std::size_t to,
                  const UpvalueSet& globals, Spans& names, bool& assigns);

}  // namespace braid::codec::bytecode
