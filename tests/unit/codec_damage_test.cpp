// Bytes that are not what was sent: decoding raises, releasing does nothing wrong, and neither
// needs more memory than the bytes could justify. Longer searches are tests/fuzz's.
#include <cstring>
#include <random>
#include <vector>

#include "codec/decode.hpp"
#include "codec/types.hpp"
#include "codec/wire.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/codec_support.hpp"

using braid::codec::wire::Tag;
using braid::test::CodecState;
using braid::test::Message;

namespace {

struct View {
  const std::byte* bytes;
  std::size_t size;
};

int decode_view(lua_State* L) {
  const auto view = *static_cast<View*>(lua_touserdata(L, 1));
  return braid::codec::decode(L, view.bytes, view.size);
}

// What decoding raises, or nothing. The bytes are copied, so that reading beyond them is seen by a
// sanitizer.
std::string decode_error(lua_State* L, const std::vector<std::byte>& bytes) {
  const std::vector<std::byte> copy(bytes);
  View view{copy.data(), copy.size()};
  lua_pushcfunction(L, decode_view);
  lua_pushlightuserdata(L, &view);
  std::string error;
  if (lua_pcall(L, 1, LUA_MULTRET, 0) != LUA_OK) error = luaL_tolstring(L, -1, nullptr);
  lua_settop(L, 0);
  return error;
}

std::vector<std::byte> bytes_of(std::initializer_list<unsigned> values) {
  std::vector<std::byte> bytes;
  for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

constexpr unsigned of(Tag tag) { return static_cast<unsigned>(tag); }

std::vector<std::byte> message_of(const std::string& make) {
  CodecState state;
  Message message;
  pack(state, make, message);
  REQUIRE(message.refusal.empty());
  return {message.bytes.data(), message.bytes.data() + message.bytes.size()};
}

constexpr const char* kSamples[] = {
    "return 1, -1, 300, 70000, 1 << 40, 0.5, 'x', ('y'):rep(100), nil, true, false",
    "return {1, 2, {3, 4}, a = 1, b = {c = {}}, [{}] = {}}",
    "local t = {} t.t = t return t, {t, t}",
    "return setmetatable({1}, {__index = {x = 1}})",
    "return print, string.format, string, math, _G",
    "local n = 0 local function f() n = n + 1 return n end return f, function() return n, f end",
    "config = {1} return function() return config, print end",
    "local v = setmetatable({}, {__transfer = function() return tostring, {17} end}) return v, v",
};

}  // namespace

TEST_CASE("codec: a message that is cut short anywhere raises") {
  CodecState state;
  for (const char* sample : kSamples) {
    INFO(sample);
    const std::vector<std::byte> whole = message_of(sample);
    CHECK(decode_error(state.L, whole).empty());
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<long>(size));
      CHECK_FALSE(decode_error(state.L, cut).empty());
    }
    std::vector<std::byte> longer(whole);
    longer.push_back(std::byte{0});
    CHECK(decode_error(state.L, longer) == "damaged message");
  }
}

TEST_CASE("codec: any byte changed raises or gives other values") {
  std::mt19937 random(1);
  for (const char* sample : kSamples) {
    CodecState state;
    REQUIRE(state.run("print, warn, load, dofile, loadfile = nil "
                      "os, io, debug, package.loaded.os, package.loaded.io = nil") == "");
    state.allocator.limit(state.allocator.used() + (1 << 20));
    const std::vector<std::byte> whole = message_of(sample);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        std::vector<std::byte> changed(whole);
        changed[i] ^= static_cast<std::byte>(1 << bit);
        decode_error(state.L, changed);
      }
    }
    for (int round = 0; round < 2000; ++round) {
      std::vector<std::byte> changed(whole);
      for (int i = 0; i < 4; ++i) changed[random() % changed.size()] = std::byte(random() & 0xff);
      decode_error(state.L, changed);
    }
    CHECK(state.run("return 1") == "");
  }
}

TEST_CASE("codec: bytecode that has changed is not loaded") {
  CodecState state;
  const std::vector<std::byte> whole = message_of("return function(a) return a end");
  constexpr std::size_t kBytecode = 1 + 1 + 4 + 8;
  for (std::size_t i = kBytecode; i + 2 < whole.size(); ++i) {
    std::vector<std::byte> changed(whole);
    changed[i] ^= std::byte{0x10};
    CHECK(decode_error(state.L, changed) == "damaged message");
  }
}

TEST_CASE("codec: lengths that the bytes do not justify") {
  CodecState state;
  state.allocator.limit(state.allocator.used() + 100'000);
  const auto error = [&](std::initializer_list<unsigned> values) {
    return decode_error(state.L, bytes_of(values));
  };
  const std::string damaged = "damaged message";
  CHECK(error({}) == damaged);
  CHECK(error({1}) == damaged);
  CHECK(error({127}) == damaged);
  CHECK(error({127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}) == damaged);
  CHECK(error({127, 0xff, 0xff, 0xff, 0x7f}) == damaged);
  CHECK(error({1, of(Tag::string), 0xff, 0xff, 0xff, 0x7f, 'x'}) == damaged);
  CHECK(error({1, of(Tag::short_string) + 5, 'x'}) == damaged);
  CHECK(error({1, of(Tag::table), 0xff, 0xff, 0xff, 0x7f, 0}) == damaged);
  CHECK(error({1, of(Tag::table), 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0}) == damaged);
  CHECK(error({1, of(Tag::table), 0, 30, of(Tag::end)}) == damaged);
  CHECK(error({1, of(Tag::table), 0, 255, of(Tag::end)}) == damaged);
  CHECK(error({1, of(Tag::table), 0, 1, of(Tag::end)}).empty());
  CHECK(error({1, of(Tag::table), 0, 1, of(Tag::nil), 1, of(Tag::end)}) == "table index is nil");
  CHECK(error({1, of(Tag::ref), 1}) == damaged);
  CHECK(error({1, of(Tag::ref), 0xff, 0xff, 1}) == damaged);
  CHECK(error({1, of(Tag::transfer), 0}) == damaged);
  CHECK(error({1, of(Tag::transfer), 1, 5}) == damaged);
  CHECK(error({1, of(Tag::transfer), 0xff, 0xff, 0x7f, 5}) == damaged);
  CHECK(error({1, of(Tag::handle), 0}) == damaged);
  CHECK(error({1, of(Tag::name), LUA_TTABLE, 0}) == damaged);
  CHECK(error({1, of(Tag::name), LUA_TTABLE, 9}) == damaged);
  CHECK(error({1, of(Tag::name), LUA_TTABLE, 1, 5}) == damaged);
  CHECK(error({1, of(Tag::registry), of(Tag::short_string) + 1, 'x'}) ==
        "cannot receive a 'x': it is not here");
  CHECK(error({1, of(Tag::table_meta), 0, 0, 5}) == damaged);
  CHECK(error({1, of(Tag::late)}) == damaged);
  CHECK(error({1, of(Tag::cell), 1}) == damaged);
  CHECK(error({1, of(Tag::end)}) == damaged);
  CHECK(error({1, 0xff}) == damaged);
}

TEST_CASE("codec: what one table has been promised is not there for the next") {
  CodecState state;
  state.allocator.limit(state.allocator.used() + 3'000'000);
  // Each says that it has as many items as there are bytes.
  std::vector<std::byte> bytes = bytes_of({1});
  for (int i = 0; i < 10'000; ++i) {
    for (const unsigned byte : {of(Tag::table), 0x90u, 0x4eu, 0u}) bytes.push_back(std::byte(byte));
  }
  CHECK(decode_error(state.L, bytes) == "damaged message");
}

TEST_CASE("codec: references are behind a checksum, so none is released that was not taken") {
  const int before = braid::test::live_boxes();
  {
    CodecState state;
    Message message;
    pack(state, "return box(1), {box(2)}", message);
    const std::vector<std::byte> whole(message.bytes.data(),
                                       message.bytes.data() + message.bytes.size());
    const int live = braid::test::live_boxes();
    for (std::size_t i = whole.size() - 32; i < whole.size(); ++i) {
      std::vector<std::byte> changed(whole);
      changed[i] ^= std::byte{4};
      CHECK(decode_error(state.L, changed) == "damaged message");
      braid::codec::release(changed.data(), changed.size());
      CHECK(braid::test::live_boxes() == live);
    }
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<long>(size));
      braid::codec::release(cut.data(), cut.size());
    }
    CHECK(braid::test::live_boxes() == live);
    CHECK(unpack(state, message, "local b, t = ... assert(b() == 1 and t[1]() == 2)") == "");
  }
  CHECK(braid::test::live_boxes() == before);
}
