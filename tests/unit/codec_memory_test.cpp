// Out of memory at every place there is, in encode and in decode: a clear error or std::bad_alloc,
// the stack as before, no reference kept, nothing left when the state is closed.
#include <new>
#include <utility>

#include "codec/decode.hpp"
#include "codec/types.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/codec_support.hpp"
#include "tests/unit/refusals.hpp"

using braid::test::CodecState;
using braid::test::g_cpp;
using braid::test::g_lua;
using braid::test::live_boxes;
using braid::test::Refusals;

namespace {

constexpr std::uint64_t kOnce = 1;
constexpr std::uint64_t kTwice = 2;  // Lua collects, asks again, and gives up
constexpr std::uint64_t kForGood = 1 << 30;

struct Sample {
  const char* make;
  const char* check;
};

constexpr Sample kSamples[] = {
    {"return 1, 'two', ('3'):rep(500)", "local a, b, c = ... assert(a == 1 and #c == 500)"},
    {"local t = {} for i = 1, 30 do t[i] = {i, k = {('x'):rep(20)}} end return t, t",
     "local t, u = ... assert(t == u and #t == 30 and #t[30].k[1] == 20)"},
    {"local t = {} for i = 1, 100 do t = {t} end return t", "assert((...)[1])"},
    {"local b = box(5) local l = {b} for i = 1, 9 do l[i + 1] = box(i) end return l, b",
     "local l, b = ... assert(l[1] == b and b() == 5 and l[10]() == 9)"},
    {"return print, string.format, require('classes').null, string, _G",
     "local p, f, n, s, g = ... assert(p == print and f == string.format and s == string)"},
    {"config = {n = 2} function twice(x) return x * config.n end "
     "local k = 1 return function(x) k = k + 1 return twice(x) + k end, function() return k end",
     "local f, k = ... assert(f(5) == 12 and k() == 2 and config.n == 2)"},
    {"local C = {} C.__index = C C.__gc = function() end C.one = setmetatable({}, C) "
     "return setmetatable({}, C), setmetatable({}, require('classes').Class)",
     "local c, d = ... assert(getmetatable(c) == getmetatable(c.one) and d.get)"},
    {"local b = box(3) return {setmetatable({}, {__transfer = function() return function(x) "
     "return {x} end, b end})}, box(4)",
     "local t, b = ... assert(t[1][1]() == 3 and b() == 4)"},
};

bool says_memory(const std::string& text) {
  return text.find("not enough memory") != std::string::npos ||
         text.find("stack overflow") != std::string::npos ||
         text.find("too deeply") != std::string::npos;
}

struct View {
  const std::byte* bytes;
  std::size_t size;
};

int decode_view(lua_State* L) {
  const auto view = *static_cast<View*>(lua_touserdata(L, 1));
  lua_settop(L, 0);
  return braid::codec::decode(L, view.bytes, view.size);
}

// One message with refusals while it is encoded, or while it is decoded. Returns what is wrong, or
// nothing.
std::string run_once(const Sample& sample, Refusals& source, std::uint64_t n, std::uint64_t count,
                     bool encoding, bool& reached) {
  std::string wrong;
  const auto bug = [&](const std::string& what) { wrong += "\n    " + what; };
  const int boxes_before = live_boxes();
  {
    CodecState from;
    CodecState to;
    braid::test::prepare_refusals(from.L);
    braid::test::prepare_refusals(to.L);
    if (!from.run(sample.make).empty()) bug("cannot be made");
    const int values = lua_gettop(from.L);
    const int boxes = live_boxes();
    braid::codec::Bytes bytes;
    bool encoded = false;
    bool thrown = false;
    reached = false;
    if (encoding) source = {n, count, 0};
    try {
      encoded = braid::codec::encode(from.L, values, braid::codec::Origin::value, bytes);
    } catch (const std::bad_alloc&) {
      thrown = true;
    }
    if (encoding) reached = std::exchange(source, {}).reached();
    if (lua_gettop(from.L) != values + (encoded || thrown ? 0 : 1))
      bug("the stack is not as before");
    if (!encoded && !thrown) {
      const char* text = lua_tostring(from.L, -1);
      if (text == nullptr || !says_memory(text)) bug(text == nullptr ? "no text" : text);
    }
    if (!encoded && !bytes.empty()) bug("bytes are left");
    if (!encoded && live_boxes() > boxes) bug("references are left");
    if (!reached && encoding && !encoded) bug("fails without a refusal");

    View view{bytes.data(), bytes.size()};
    lua_pushcfunction(to.L, decode_view);
    lua_pushlightuserdata(to.L, &view);
    if (encoded && !encoding) source = {n, count, 0};
    const int status = encoded ? lua_pcall(to.L, 1, LUA_MULTRET, 0) : LUA_OK;
    if (encoded && !encoding) reached = std::exchange(source, {}).reached();
    if (!encoded) lua_settop(to.L, 0);
    if (status != LUA_OK) {
      const std::string text = luaL_tolstring(to.L, -1, nullptr);
      if (!says_memory(text)) bug(text);
      if (encoding || !reached) bug("decoding fails without a refusal");
    } else if (encoded) {
      const std::string error = to.run(sample.check, lua_gettop(to.L));
      if (!error.empty()) bug(error);
    }
    braid::codec::release(bytes.data(), bytes.size());
  }
  if (live_boxes() != boxes_before) bug("references are left when all is closed");
  return wrong;
}

void run_with_refusals(Refusals& source, std::uint64_t count) {
  std::string wrong;
  for (const Sample& sample : kSamples) {
    for (const bool encoding : {true, false}) {
      int bugs = 0;
      bool reached = true;
      for (std::uint64_t n = 1; reached && bugs < 3; ++n) {
        const std::string found = run_once(sample, source, n, count, encoding, reached);
        if (found.empty()) continue;
        ++bugs;
        wrong += "\n  " + std::string(encoding ? "encoding " : "decoding ") + sample.make +
                 ", refusal " + std::to_string(n) + found;
      }
    }
  }
  INFO(wrong);
  CHECK(wrong.empty());
}

}  // namespace

TEST_CASE("codec: a refusal that a collection makes good is not seen") {
  run_with_refusals(g_lua, kOnce);
}

TEST_CASE("codec: one allocation of Lua fails") { run_with_refusals(g_lua, kTwice); }

TEST_CASE("codec: Lua gets nothing any more") { run_with_refusals(g_lua, kForGood); }

TEST_CASE("codec: one allocation of the encoder fails") { run_with_refusals(g_cpp, kOnce); }

TEST_CASE("codec: the encoder gets nothing any more") { run_with_refusals(g_cpp, kForGood); }
