// One message being encoded: a walk over the values with a stack of its own, so that nesting is
// limited by Lua's stack and not by C's.
//
// The walk begins unguarded, which is enough for plain values: nothing it calls can raise. What may
// raise (names, functions, __transfer, refusals) needs a protected call: the walk stops before it
// and goes on inside one (run_guarded), with what it had on the Lua stack. There it may also have
// to start over. Nothing with a destructor is alive in a function that may raise: all is in this
// object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <lua.hpp>
#include <string>
#include <string_view>

#include "codec/bytecode.hpp"
#include "codec/bytes.hpp"
#include "codec/encode.hpp"
#include "codec/identity_map.hpp"
#include "codec/inline_stack.hpp"
#include "codec/state.hpp"
#include "codec/types.hpp"
#include "codec/wire.hpp"

namespace braid::codec {

class Encoder {
 public:
  Encoder(lua_State* state, int count, Origin origin, Bytes& out) noexcept
      : L(state), origin_(origin), count_(count), out_(out), start_(out.size()) {}
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() { drop_references(); }

  // See encode().
  bool run();

 private:
  // A container whose content is being encoded. It is on the Lua stack, and above it what its kind
  // puts there.
  struct Frame {
    enum class Kind : std::uint8_t {
      table,     // table, key of lua_next, its value while a key that is an object is encoded
      function,  // function
      transfer,  // object, what its __transfer returned
    };
    // table: array -> strays? -> pairs <-> value -> metatable? -> end
    // function: upvalues -> globals                     transfer: results
    enum class Phase : std::uint8_t {
      array,
      strays,
      pairs,
      value,
      metatable,
      end,
      upvalues,
      globals,
      results
    };

    Kind kind;
    Phase phase;
    bool has_metatable;
    int at;               // of the container, counted from base_
    std::size_t mark;     // table: where the hash size goes; function: its first name in names_
    std::uint64_t next;   // items, upvalues, names or values done
    std::uint64_t count;  // of them
    std::uint64_t pairs;  // function: the number of its prototype, 0 = it is in the message
  };

  // --- encode.cpp: the message ---
  bool fail_too_deep(int top);
  [[noreturn]] void refuse_depth();
  int push_guarded();
  static int run_guarded(lua_State* L);
  void start_over();
  void begin_message();
  void end_message();
  void drop_references() noexcept;

  // --- walk.cpp ---
  bool walk();
  bool value();
  bool table();
  void advance(Frame& frame);
  void advance_array(Frame& frame);
  void advance_strays(Frame& frame);
  void advance_pairs(Frame& frame);
  void close_table(Frame& frame);

  // --- encode_object.cpp: what is not a plain value. Guarded from here on, but for these two ---
  bool back_reference(const void* object);
  void put_reference(std::size_t offset);
  void enter(const void* object, wire::Tag tag);
  void metatable(Frame& frame);
  bool transfer();
  void advance_results(Frame& frame);
  void userdata();
  void light_userdata();
  void handle(const State::Type& type);

  // --- encode_name.cpp ---
  bool named(Name::Use use);
  bool leads_here(std::size_t from);
  void put_name(const Name& name);
  void put_registry_name(const std::string& name);
  bool names_changed();
  bool renamed();

  // --- encode_function.cpp ---
  void function();
  void c_function();
  std::uint16_t known_prototype();
  void put_known(std::uint16_t number);
  bytecode::UpvalueSet global_upvalues(int& count);
  void dump();
  std::uint16_t keep_prototype(std::size_t from, const bytecode::UpvalueSet& globals, int upvalues);
  void begin_upvalues(int count, std::size_t first, std::uint16_t known);
  void advance_upvalues(Frame& frame);
  std::string_view global_name(const Frame& frame, std::uint64_t i);
  void advance_globals(Frame& frame);
  bool is_everywhere(std::string_view global);

  // --- refusal.cpp ---
  [[noreturn]] void refuse_value();
  [[noreturn]] void refuse(const char* what, const char* name);
  void put_path();
  void put_root();
  static bool is_field(const Frame& frame);
  void put_field(const Frame& frame, bool first);
  void put_key(bool first);
  void put_place(const Frame& frame);
  void put_text(const char* text);

  void put(wire::Tag tag) { out_.push(static_cast<std::byte>(tag)); }
  // How many keys there are below the values.
  [[nodiscard]] int keys() const noexcept { return origin_ == Origin::field ? 1 : 0; }
  void put_varint(std::uint64_t number) {
    out_.commit(wire::put_varint(out_.room(wire::kMaxVarint), number));
  }
  // Free slots of the Lua stack that one step of the walk may use, names and paths included.
  static constexpr int kSlots = 24;
  [[nodiscard]] std::size_t here() const noexcept { return out_.size() - start_; }

  lua_State* const L;  // NOLINT(readability-identifier-naming): as everywhere
  const Origin origin_;
  const int count_;  // of values
  Bytes& out_;
  const std::size_t start_;  // of the message in out_

  int roots_ = 0;         // the values are at roots_ + 1 …
  int base_ = 0;          // and the containers at base_ + Frame::at
  int next_ = 0;          // how many values have been begun
  bool pending_ = false;  // the value on top of the stack is to be encoded next
  bool guarded_ = false;
  bool start_over_ = false;
  bool anchoring_ = false;      // Lua code runs: what is in seen_ is kept alive by a table
  bool names_checked_ = false;  // so far as one look at package.loaded can tell
  bool names_rebuilt_ = false;
  bool too_deep_ = false;
  bool no_memory_ = false;
  bool sent_before_ = false;  // the function that is encoded next, by this state
  bool origin_told_ = false;  // the message says which state its globals come from
  int anchors_ = 0;
  State* state_ = nullptr;
  IdentityMap seen_;
  InlineStack<Frame, 12> frames_;
  InlineStack<Reference, 4> references_;
  bytecode::Spans names_;  // of globals, of the functions in frames_: where in out_
};

}  // namespace braid::codec
