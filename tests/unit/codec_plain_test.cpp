// Plain values and tables: what arrives is what was sent, whatever its shape and size.
#include "codec/decode.hpp"
#include "codec/encode.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/codec_support.hpp"

using braid::test::CodecState;
using braid::test::pass;

namespace {

// Sent alone, together with others, and inside a table.
void check_scalar(const std::string& expression) {
  INFO(expression);
  const std::string same = "local v = " + expression +
                           " local function same(x) return math.type(x) == math.type(v) and "
                           "type(x) == type(v) and (x == v or (x ~= x and v ~= v)) and "
                           "(v ~= 0 or 1 / x == 1 / v) end ";
  CHECK(pass("return " + expression, same + "assert(select('#', ...) == 1) assert(same((...)))") ==
        "");
  CHECK(pass("return 1, " + expression + ", 2",
             same + "local a, b, c = ... assert(a == 1 and same(b) and c == 2)") == "");
  CHECK(pass("return {" + expression + ", k = " + expression + "}",
             same + "local t = ... assert(same(t[1]) and same(t.k))") == "");
  CHECK(pass("local v = " + expression +
                 " local t = {} if v ~= nil and v == v then t[v] = 7 end "
                 "return t, v ~= nil and v == v",
             same + "local t, is_key = ... assert(not is_key or t[v] == 7)") == "");
}

}  // namespace

TEST_CASE("codec: scalars keep their value and their subtype") {
  for (const char* expression : {"nil",
                                 "true",
                                 "false",
                                 "0",
                                 "1",
                                 "127",
                                 "128",
                                 "255",
                                 "-1",
                                 "-32",
                                 "-33",
                                 "32767",
                                 "32768",
                                 "-32768",
                                 "-32769",
                                 "2147483647",
                                 "2147483648",
                                 "-2147483648",
                                 "-2147483649",
                                 "math.maxinteger",
                                 "math.mininteger",
                                 "0.0",
                                 "-0.0",
                                 "1.0",
                                 "0.1",
                                 "-1e308",
                                 "2^53",
                                 "math.huge",
                                 "-math.huge",
                                 "0/0",
                                 "5e-324",
                                 "''",
                                 "'a'",
                                 "'\\0'",
                                 "'a\\0b'",
                                 "('x'):rep(40)",
                                 "('x'):rep(41)",
                                 "('x'):rep(63)",
                                 "('x'):rep(64)",
                                 "('\\255'):rep(1000)",
                                 "('x'):rep(70000)"}) {
    check_scalar(expression);
  }
}

TEST_CASE("codec: no values, and more than a byte can count") {
  CHECK(pass("return", "assert(select('#', ...) == 0)") == "");
  CHECK(pass("return nil, nil", "assert(select('#', ...) == 2)") == "");
  for (const char* count : {"126", "127", "128", "200", "5000"}) {
    CHECK(pass(std::string("local t = {} for i = 1, ") + count +
                   " do t[i] = i end return table.unpack(t)",
               std::string("assert(select('#', ...) == ") + count +
                   ") for i, v in ipairs{...} do assert(i == v) end") == "");
  }
}

TEST_CASE("codec: a string of 16 MB") {
  CHECK(pass("return ('0123456789abcdef'):rep(1 << 20)",
             "assert(... == ('0123456789abcdef'):rep(1 << 20))") == "");
  CHECK(pass("return {('0123456789abcdef'):rep(1 << 20)}",
             "assert((...)[1] == ('0123456789abcdef'):rep(1 << 20))") == "");
}

TEST_CASE("codec: tables of every shape") {
  const std::string same = R"lua(
    local function same(a, b)
      if type(a) ~= "table" then return a == b end
      for k, v in pairs(a) do if not same(v, b[k]) then return false end end
      for k in pairs(b) do if a[k] == nil then return false end end
      return true
    end
  )lua";
  for (const char* expression : {
           "{}",
           "{1, 2, 3}",
           "{n = 1}",
           "{1, 2, n = 2}",
           "{1, nil, 3}",
           "{nil, nil, 3, nil}",
           "{nil, 2, k = 1}",
           "{[1] = 'a', [2] = 'b', [3] = 'c'}",
           "{[1] = 1, [2] = 2, [3] = 3, [4] = 4, [5] = 5, [6] = 6, x = 1, y = 2}",
           "{x = 1, [3] = 3, [2] = 2, [1] = 1, y = 1}",
           "{[0] = 0, [-1] = -1, [1] = 1, [1 << 40] = 2, [1.5] = 3, [true] = 4, [false] = 5}",
           "{[math.maxinteger] = 1, [math.mininteger] = 2}",
           "{{}, {{}}, {{{}}}, {a = {b = {c = {}}}}}",
           "{a = 1, b = {1, 2, {3}}, c = 'x'}",
           "{'1', ['1'] = 1, ['2'] = 2, [2] = 'two'}",
           "(function() local t = {} for i = 1, 100 do t[i] = i; t['k' .. i] = {i} end "
           "for i = 1, 100, 3 do t[i] = nil end return t end)()",
           "(function() local t = {} for i = 10, 1, -1 do t[i] = i end return t end)()",
           "(function() local t = {a = 1} for i = 1, 33 do t[i] = i; t[-i] = 1 end return t end)()",
           "(function() local t = {} for i = 1, 64 do t[i] = i end for i = 1, 60 do t[i] = nil end "
           "return t end)()",
       }) {
    INFO(expression);
    CHECK(pass(std::string("return ") + expression,
               same + "assert(same(" + expression + ", (...)))") == "");
  }
}

TEST_CASE(
    "codec: integers that lie in the hash part of a table arrive, among anything else there") {
  CHECK(pass(R"lua(
    local all = {}
    for seed = 1, 300 do
      math.randomseed(seed)
      local t = {}
      for _ = 1, math.random(40) do
        local k = math.random(12)
        if math.random(2) == 1 then k = "k" .. k end
        t[k] = math.random(4) > 1 and k or nil
      end
      all[seed] = t
    end
    return all
  )lua",
             R"lua(
    for seed = 1, 300 do
      math.randomseed(seed)
      local t = {}
      for _ = 1, math.random(40) do
        local k = math.random(12)
        if math.random(2) == 1 then k = "k" .. k end
        t[k] = math.random(4) > 1 and k or nil
      end
      local got = (...)[seed]
      for k, v in pairs(t) do assert(got[k] == v) end
      for k, v in pairs(got) do assert(t[k] == v) end
    end
  )lua") == "");
}

TEST_CASE("codec: cycles and shared references") {
  CHECK(pass("local t = {} t.self = t return t", "local t = ... assert(t.self == t)") == "");
  CHECK(pass("local a, b = {}, {} a.b, b.a = b, a return a, b",
             "local a, b = ... assert(a.b == b and b.a == a)") == "");
  CHECK(pass("local s = {1} return {s, s, {s}}, s",
             "local t, s = ... assert(t[1] == s and t[2] == s and t[3][1] == s and s[1] == 1)") ==
        "");
  CHECK(pass("local k = {} local t = {[k] = 1, k = k} return t",
             "local t = ... assert(t[t.k] == 1)") == "");
  CHECK(pass("local t = {} t[t] = t return t",
             "local t = ... assert(t[t] == t and next(t) == t)") == "");
  CHECK(pass("return {[{1}] = {2}, [{x = {}}] = 5}", R"lua(
    local n = 0
    for k, v in pairs((...)) do
      n = n + 1
      assert((k[1] == 1 and v[1] == 2) or (type(k.x) == "table" and v == 5))
    end
    assert(n == 2)
  )lua") == "");
  CHECK(pass("local s = {} local t = {} for i = 1, 1000 do t[i] = {s} end return t, s",
             "local t, s = ... for i = 1, 1000 do assert(t[i][1] == s) end") == "");
}

TEST_CASE("codec: 10 000 levels of nesting, as values and as keys") {
  CHECK(pass("local t = {} for i = 1, 10000 do t = {t} end return t",
             "local t, n = ..., 0 while t[1] do t = t[1] n = n + 1 end assert(n == 10000)") == "");
  CHECK(pass("local t = {} for i = 1, 10000 do t = {a = 1, next = t, z = 2} end return t",
             "local t, n = ..., 0 while t.next do t = t.next n = n + 1 end assert(n == 10000)") ==
        "");
  CHECK(pass("local t = {} for i = 1, 10000 do t = {[t] = i} end return t",
             "local t, n = ..., 0 while next(t) do t = next(t) n = n + 1 end assert(n == 10000)") ==
        "");
  CHECK(pass("local t = {} local s = t for i = 1, 10000 do t = {t} end s[1] = t return t",
             "local t = ... local s = t for i = 1, 10001 do s = s[1] end assert(s == t)") == "");
}

TEST_CASE("codec: deeper than Lua's stack is a refusal") {
  CodecState state;
  braid::test::Message message;
  pack(state, "local t = {} for i = 1, 600000 do t = {t} end return t", message);
  CHECK(message.refusal.find("nested this deeply") != std::string::npos);
  CHECK(pass(state, state, "return {1}", "assert((...)[1] == 1)") == "");
}

TEST_CASE("codec: a table of a million elements") {
  CHECK(pass("local t = {} for i = 1, 1000000 do t[i] = i end return t",
             "local t = ... assert(#t == 1000000) for i = 1, #t do assert(t[i] == i) end") == "");
  CHECK(pass("local t = {} for i = 1, 100000 do t['k' .. i] = i end return t",
             "local t, n = ..., 0 for k, v in pairs(t) do n = n + v; assert(k == 'k' .. v) end "
             "assert(n == 5000050000)") == "");
  CHECK(pass("local t = {} for i = 1, 200000 do t[i] = {x = i} end return t",
             "for i, v in ipairs((...)) do assert(v.x == i) end") == "");
}

TEST_CASE("codec: in one state, too, a copy arrives") {
  CodecState state;
  CHECK(
      pass(state, state, "sent = {1, {2}} return sent",
           "local t = ... assert(t ~= sent and t[1] == 1 and t[2] ~= sent[2] and t[2][1] == 2)") ==
      "");
}

TEST_CASE("codec: a message is added to what the bytes hold already, and may be decoded again") {
  CodecState state;
  braid::codec::Bytes bytes;
  bytes.append("before", 6);
  REQUIRE(state.run("local t = {1} return {t, t}, 'x'") == "");
  REQUIRE(braid::codec::encode(state.L, 2, braid::codec::Origin::value, bytes));
  for (int i = 0; i < 3; ++i) {
    lua_settop(state.L, 0);
    CHECK(braid::codec::decode(state.L, bytes.data() + 6, bytes.size() - 6) == 2);
    CHECK(state.run("local t, x = ... assert(t[1] == t[2] and x == 'x')", 2) == "");
  }
}

TEST_CASE("codec: a simple value needs no decoder") {
  CodecState state;
  braid::codec::Bytes bytes;
  const auto simple = [&](const char* source) {
    bytes.clear();
    lua_settop(state.L, 0);
    REQUIRE(state.run(source) == "");
    REQUIRE(braid::codec::encode(state.L, lua_gettop(state.L), braid::codec::Origin::value, bytes));
    lua_settop(state.L, 0);
    const bool pushed = braid::codec::decode_simple(state.L, bytes.data(), bytes.size());
    CHECK(lua_gettop(state.L) == (pushed ? 1 : 0));
    return pushed;
  };
  for (const char* source : {"return nil", "return true", "return 5", "return -5", "return 1000",
                             "return 1 << 20", "return 1 << 40", "return 0.5"}) {
    CHECK(simple(source));
  }
  for (const char* source : {"return", "return 1, 2", "return 'x'", "return {}"}) {
    CHECK_FALSE(simple(source));
  }
}
