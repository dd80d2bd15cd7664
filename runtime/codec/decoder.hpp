// One message being decoded: a walk with a stack of its own, as in Encoder. Everything may raise,
// so everything here is trivially destructible; what must be kept is on the Lua stack.
//
// No length is believed: an array is made no larger than the bytes that are left could fill, and
// what has been promised to one table is not there for another (budget_).
#pragma once

#include <cstddef>
#include <cstdint>
#include <lua.hpp>
#include <type_traits>

#include "codec/prototypes.hpp"
#include "codec/references.hpp"
#include "codec/state.hpp"
#include "codec/wire.hpp"

namespace braid::codec {

class Decoder {
 public:
  Decoder(lua_State* state, const std::byte* message, std::size_t size) noexcept
      : L(state), begin_(message), at_(message), end_(message + size), budget_(size) {}

  // See decode().                                                                    [-0, +n, e]
  int run();

 private:
  // A value whose content is being read; it is on the Lua stack at `at`.
  struct Frame {
    enum class Phase : std::uint8_t {
      // table: array -> key <-> value -> metatable -> done
      array,
      key,
      value,
      metatable,
      done,
      // function: upvalues -> global <-> global_value -> done
      upvalues,
      global,
      global_value,
      // function and arguments, which pile up above `at` -> result
      results,
    };
    Phase phase;
    bool waiting;  // for a value that has been begun and will be on top of the stack
    bool has_pairs;
    bool has_metatable;
    bool late;  // the metatable may be incomplete
    int at;
    std::uint64_t next;   // items, upvalues or values read
    std::uint64_t count;  // of them
    std::size_t offset;   // transfer: of its tag
  };
  static_assert(std::is_trivially_destructible_v<Frame>);

  // --- decode.cpp ---
  std::uint64_t read_count();
  void read_string(std::uint64_t size);
  bool read();
  bool read_object(wire::Tag tag);
  void read_table(wire::Tag tag);
  void read_reference();
  void step(Frame& frame);
  void step_array(Frame& frame);
  void step_pairs(Frame& frame);
  void step_metatable(Frame& frame);
  void end_of_items(Frame& frame);
  bool take(Frame& frame);
  void open(const Frame& frame);
  void remember(wire::Tag tag, std::size_t offset);

  // --- decode_object.cpp ---
  void read_text();
  void read_name();
  void push_module(const std::byte* name);
  [[noreturn]] void not_here(const std::byte* name);
  void read_registry_name();
  void read_handle(wire::Tag tag);
  void read_transfer(wire::Tag tag);
  void step_results(Frame& frame);
  void load(const std::byte* code, std::size_t size);
  void read_function(wire::Tag tag);
  void read_known(wire::Tag tag);
  void push_prototype(std::uint16_t number, const Prototype& prototype);
  void begin_upvalues(wire::Tag tag, std::size_t offset);
  void step_upvalues(Frame& frame);
  void join_upvalue(int function, int index);
  void step_globals(Frame& frame);
  void set_globals();
  void set_late_metatables();

  [[noreturn]] void damaged() const;
  void need(std::size_t count) {
    if (static_cast<std::size_t>(end_ - at_) < count) damaged();
  }
  wire::Tag peek() {
    need(1);
    return static_cast<wire::Tag>(*at_);
  }
  template <typename T>
  T read_raw() {
    need(sizeof(T));
    at_ += sizeof(T);
    return wire::get_raw<T>(at_ - sizeof(T));
  }
  std::uint64_t read_varint() {
    std::uint64_t value = 0;
    at_ = wire::get_varint(at_, end_, value);
    if (at_ == nullptr) damaged();
    return value;
  }
  void spend(std::uint64_t bytes) {
    if (bytes > budget_) damaged();
    budget_ -= bytes;
  }
  // The table at aux_ + `slot`, made when first needed.                              [-0, +1, m]
  void push_aux(int slot);

  // Slots at aux_ + …, below the values.
  enum Aux : int {
    kObjects = 1,  // offset -> object that is referred to; -offset -> which upvalue, of a cell
    kGlobals,      // name -> value
    kLate,         // table, metatable, table, metatable …
    kFrames,       // the userdata that frames_ have moved to
    kAuxSlots = kFrames
  };
  static constexpr int kSlots = 16;  // of the Lua stack that one step may need
  static constexpr std::size_t kInlineFrames = 16;

  lua_State* const L;  // NOLINT(readability-identifier-naming): as everywhere
  const std::byte* const begin_;
  const std::byte* at_;
  const std::byte* end_;  // of the values
  References references_;
  std::uint64_t budget_;
  int aux_ = 0;
  bool foreign_globals_ = false;  // they come from another state
  std::size_t depth_ = 0;
  std::size_t capacity_ = kInlineFrames;
  Frame* frames_ = inline_;
  Frame inline_[kInlineFrames];
};
static_assert(std::is_trivially_destructible_v<Decoder>);

}  // namespace braid::codec
