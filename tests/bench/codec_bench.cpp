// What the codec costs, beside lua-cjson and lua-messagepack when they are installed. One figure a
// line: name value unit. Each is the best of several rounds over the same value: encoded, decoded,
// both.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <lua.hpp>
#include <string>

#include "codec/bytes.hpp"
#include "codec/decode.hpp"
#include "codec/encode.hpp"
#include "codec/types.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 7;

struct Case {
  const char* name;
  const char* source;
  int repeats;
  bool text;  // JSON and MessagePack can carry it
};

constexpr Case kCases[] = {
    {"integer", "return 12345", 200000, false},
    {"string", "return 'a string of 24 bytes ...'", 200000, false},
    {"empty_table", "return {}", 100000, true},
    {"small_table", "return {id = 17, name = 'worker', done = false, score = 0.5}", 50000, true},
    {"small_list", "return {1, 2, 3, 4, 5, 6, 7, 8}", 50000, true},
    {"nested",
     "return {user = {id = 1, tags = {'a', 'b', 'c'}}, pos = {x = 1.5, y = 2.5}, list = {{1}, "
     "{2}}}",
     20000, true},
    {"integers_10000", "local t = {} for i = 1, 10000 do t[i] = i * 7 end return t", 100, true},
    {"floats_10000", "local t = {} for i = 1, 10000 do t[i] = i / 7 end return t", 100, true},
    {"strings_10000", "local t = {} for i = 1, 10000 do t[i] = 'item number ' .. i end return t",
     100, true},
    {"records_1000",
     "local t = {} for i = 1, 1000 do t[i] = {id = i, name = 'user' .. i, email = 'user' .. i .. "
     "'@example.org', active = i % 2 == 0, score = i / 3} end return t",
     100, true},
    {"map_10000", "local t = {} for i = 1, 10000 do t['key' .. i] = i end return t", 50, true},
    {"string_16MB", "return ('x'):rep(1 << 24)", 10, false},
    {"function", "return function(a, b) return a + b end", 20000, false},
    {"function_upvalue_global",
     "local n = 0 return function(a) n = n + a print(n) return math.floor(n) end", 20000, false},
};

double nanoseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

void report(const std::string& name, double value, const char* unit) {
  std::printf("%-44s %12.1f %s\n", name.c_str(), value, unit);
}

template <typename Run>
double best_of_rounds(int repeats, const Run& run) {
  double best = 1e300;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = Clock::now();
    for (int i = 0; i < repeats; ++i) run();
    best = std::min(best, nanoseconds_since(start) / repeats);
  }
  return best;
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "codec_bench: %s\n", what);
  std::exit(1);
}

// The value is on top of the stack.
void measure_codec(lua_State* L, const Case& test) {
  using braid::codec::Bytes;
  Bytes bytes;
  const double encode = best_of_rounds(test.repeats, [&] {
    bytes.clear();
    require(braid::codec::encode(L, 1, braid::codec::Origin::value, bytes), "encode");
  });
  const double decode = best_of_rounds(
      test.repeats, [&] { lua_pop(L, braid::codec::decode(L, bytes.data(), bytes.size())); });
  const std::string name = test.name;
  report(name + ".encode", encode, "ns");
  report(name + ".decode", decode, "ns");
  report(name + ".both", encode + decode, "ns");
  report(name + ".size", static_cast<double>(bytes.size()), "bytes");
}

// A library with an encoding and a decoding function, the module on top of the stack and the value
// below.
void measure_peer(lua_State* L, const Case& test, const char* peer, const char* encode,
                  const char* decode) {
  const int value = lua_gettop(L) - 1;
  const auto call = [&](const char* function, int argument) {
    lua_getfield(L, value + 1, function);
    lua_pushvalue(L, argument);
    lua_call(L, 1, 1);
  };
  const int repeats = test.repeats / 20 + 1;
  call(encode, value);
  const double out = best_of_rounds(repeats, [&] {
    call(encode, value);
    lua_pop(L, 1);
  });
  const double in = best_of_rounds(repeats, [&] {
    call(decode, value + 2);
    lua_pop(L, 1);
  });
  const std::string name = std::string(test.name) + "." + peer;
  report(name + ".encode", out, "ns");
  report(name + ".decode", in, "ns");
  report(name + ".both", out + in, "ns");
  report(name + ".size", static_cast<double>(lua_rawlen(L, value + 2)), "bytes");
  lua_settop(L, value);
}

bool load(lua_State* L, const char* module) {
  lua_getglobal(L, "require");
  lua_pushstring(L, module);
  if (lua_pcall(L, 1, 1, 0) == LUA_OK) return true;
  lua_pop(L, 1);
  return false;
}

int run(lua_State* L) {
  const char* only = lua_tostring(L, 1);
  luaL_openlibs(L);
  for (const Case& test : kCases) {
    if (only != nullptr && std::string(test.name).find(only) == std::string::npos) continue;
    lua_settop(L, 0);
    require(luaL_dostring(L, test.source) == LUA_OK, test.name);
    measure_codec(L, test);
    if (!test.text) continue;
    if (load(L, "cjson")) measure_peer(L, test, "cjson", "encode", "decode");
    if (load(L, "MessagePack")) measure_peer(L, test, "MessagePack", "pack", "unpack");
  }
  return 0;
}

}  // namespace

int main(int, char** argv) {
  lua_State* L = luaL_newstate();
  lua_pushcfunction(L, run);
  lua_pushstring(L, argv[1]);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    std::fprintf(stderr, "codec_bench: %s\n", lua_tostring(L, -1));
    return 1;
  }
  lua_close(L);
  return 0;
}
