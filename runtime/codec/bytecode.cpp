// The form is that of Lua 5.4's ldump.c: sizes are varints of 7 bits, the highest first, and the
// last byte has bit 7 set. Instructions have their operation in 7 bits, then A (8), k (1), B (8), C
// (8), or instead of k, B and C one number Bx (17).
#include "codec/bytecode.hpp"

#include <cstring>
#include <utility>

#include "codec/wire.hpp"

namespace braid::codec::bytecode {
namespace {

enum class Op : std::uint8_t {
  loadk = 3,
  getupval = 9,
  setupval = 10,
  gettabup = 11,
  getfield = 14,
  settabup = 15
};

constexpr std::size_t kHeader = 4 + 1 + 1 + 6 + 3 + 8 + 8;
constexpr std::size_t kInstruction = 4;

class Reader {
 public:
  Reader(const std::byte* bytes, std::size_t from, std::size_t to, Spans& names) noexcept
      : bytes_(bytes), at_(from), end_(to), names_(names) {}

  // The function at the reading position. `known`: which upvalues hold the globals, or null when
  // its own list says so in terms of `outer`'s.
  void function(const UpvalueSet* known, const UpvalueSet& outer) {
    string();  // source
    number();
    number();
    skip(3);
    const std::size_t instructions = number();
    const std::size_t code = at_;
    skip(instructions * kInstruction);
    const std::size_t first = constants_.size();
    for (std::size_t n = number(); n > 0 && ok_; --n) constants_.push(constant());
    const UpvalueSet globals = upvalues(known, outer);
    if (ok_) scan(code, instructions, first, globals);
    constants_.truncate(first);
    for (std::size_t n = number(); n > 0 && ok_; --n) function(nullptr, globals);
    debug();
  }

  void skip(std::size_t count) noexcept {
    if (count > end_ - at_) {
      ok_ = false;
      count = end_ - at_;
    }
    at_ += count;
  }
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] bool assigns() const noexcept { return assigns_; }

 private:
  unsigned byte() noexcept {
    skip(1);
    return ok_ ? static_cast<unsigned>(bytes_[at_ - 1]) : 0;
  }
  std::size_t number() noexcept {
    std::size_t value = 0;
    while (ok_) {
      const unsigned next = byte();
      value = value << 7 | (next & 0x7f);
      if ((next & 0x80) != 0) break;
    }
    return value;
  }
  Span string() noexcept {
    const std::size_t size = number();  // 0 = none
    if (size <= 1) return {at_, 0};
    const Span span{at_, size - 1};
    skip(size - 1);
    return span;
  }
  // Of a string: where it is.
  Span constant() noexcept {
    switch (byte()) {
      case 0x04:
      case 0x14: return string();
      case 0x03:
      case 0x13: skip(8); break;
      case 0x00:
      case 0x01:
      case 0x11: break;
      default: ok_ = false;
    }
    return {at_, 0};
  }
  UpvalueSet upvalues(const UpvalueSet* known, const UpvalueSet& outer) noexcept {
    UpvalueSet globals;
    const std::size_t count = number();
    for (unsigned i = 0; i < count && ok_; ++i) {
      const bool in_stack = byte() != 0;
      const unsigned index = byte();
      skip(1);
      if (!in_stack && outer.has(index)) globals.add(i);
    }
    return known != nullptr ? *known : globals;
  }
  void debug() noexcept {
    skip(number());
    for (std::size_t n = number(); n > 0 && ok_; --n) number(), number();
    for (std::size_t n = number(); n > 0 && ok_; --n) string(), number(), number();
    for (std::size_t n = number(); n > 0 && ok_; --n) string();
  }

  // Two things are told by two instructions in a row: a name for which the short instructions have
  // no room (the upvalue is fetched into a register, then the name), and _G.name.
  void scan(std::size_t code, std::size_t instructions, std::size_t first,
            const UpvalueSet& globals) {
    constexpr unsigned kNone = 256;
    bool fetched = false;
    unsigned holds_g = kNone;  // the register
    for (std::size_t i = 0; i < instructions; ++i) {
      const auto word = wire::get_raw<std::uint32_t>(bytes_ + code + i * kInstruction);
      const unsigned a = word >> 7 & 0xff;
      const unsigned b = word >> 16 & 0xff;
      const unsigned c = word >> 24;
      const bool after_fetch = std::exchange(fetched, false);
      const unsigned after_g = std::exchange(holds_g, kNone);
      switch (static_cast<Op>(word & 0x7f)) {
        case Op::getupval: fetched = globals.has(b); break;
        case Op::setupval: assigns_ |= globals.has(b); break;
        case Op::loadk:
          if (after_fetch) name(first + (word >> 15));
          break;
        case Op::gettabup:
          if (!globals.has(b)) break;
          name(first + c);
          if (is_g(first + c)) holds_g = a;
          break;
        case Op::getfield:
          if (after_g == b) name(first + c);
          break;
        case Op::settabup:
          if (globals.has(a)) name(first + b);
          break;
      }
    }
  }
  [[nodiscard]] bool is_g(std::size_t constant) noexcept {
    return constant < constants_.size() && constants_[constant].size == 2 &&
           std::memcmp(bytes_ + constants_[constant].offset, "_G", 2) == 0;
  }
  void name(std::size_t constant) {
    if (constant >= constants_.size() || constants_[constant].size == 0) return;
    const Span span = constants_[constant];
    for (const Span& known : names_) {
      if (known.size != span.size) continue;
      if (std::memcmp(bytes_ + known.offset, bytes_ + span.offset, span.size) == 0) return;
    }
    names_.push(span);
  }

  const std::byte* bytes_;
  std::size_t at_;
  std::size_t end_;
  bool ok_ = true;
  bool assigns_ = false;
  Spans& names_;
  Spans constants_;
};

}  // namespace

bool find_globals(const std::byte* bytes, std::size_t from, std::size_t to,
                  const UpvalueSet& globals, Spans& names, bool& assigns) {
  constexpr unsigned char kForm[] = "\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08";
  if (to - from < kHeader || std::memcmp(bytes + from, kForm, sizeof kForm - 1) != 0) return false;
  Reader reader(bytes, from, to, names);
  reader.skip(kHeader + 1);  // the count of upvalues stands before the function
  reader.function(&globals, globals);
  assigns = reader.assigns();
  return reader.ok();
}

}  // namespace braid::codec::bytecode
