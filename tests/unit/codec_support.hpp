// For the codec's tests: a Lua state that values are sent from or to, a kind of handle that counts
// its references, and pass(), which sends what one script returns to another.
#pragma once

#include <cstdint>
#include <lua.hpp>
#include <string>

#include "codec/bytes.hpp"
#include "codec/encode.hpp"
#include "vm/allocator.hpp"

namespace braid::test {

class CodecState {
 public:
  // The standard libraries, box(id) which makes a handle, resend(value) which encodes a value, and
  // the modules "classes" and "later" to be required.
  CodecState();
  CodecState(const CodecState&) = delete;
  CodecState& operator=(const CodecState&) = delete;
  ~CodecState() { close(); }

  // What the chunk raises, or nothing. Its results stay on the stack.
  std::string run(const std::string& source, int arguments = 0);
  void close();

  lua_State* L;
  vm::Allocator allocator;
};

// References to boxes that exist, handles and messages together.
int live_boxes();
inline constexpr std::uint64_t kClosedBox = 99;

// A message, or why there is none.
struct Message {
  Message() = default;
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message();

  codec::Bytes bytes;
  std::string refusal;
};

// Sends what `make` returns.
void pack(CodecState& from, const std::string& make, Message& message,
          codec::Origin origin = codec::Origin::arguments);
// Gives it to `check` as `...`. What either raises, or nothing.
std::string unpack(CodecState& to, const Message& message, const std::string& check);

// Both. The refusal, or what `check` raises, or nothing.
std::string pass(CodecState& from, CodecState& to, const std::string& make,
                 const std::string& check);
// The same without assertions, for threads.
std::string pass_quietly(CodecState& from, CodecState& to, const std::string& make,
                         const std::string& check);
// Between two new states.
std::string pass(const std::string& make, const std::string& check);
// The refusal of what `make` returns.
std::string refusal(const std::string& make, codec::Origin origin = codec::Origin::arguments);

}  // namespace braid::test
