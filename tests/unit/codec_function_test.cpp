// Functions: bytecode, upvalues by cell, and the globals that they name.
#include "codec/types.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/codec_support.hpp"

using braid::test::CodecState;
using braid::test::pass;
using braid::test::refusal;

TEST_CASE("codec: a function runs there, with its upvalues") {
  CHECK(pass("return function(a, b) return a + b end", "assert((...)(1, 2) == 3)") == "");
  CHECK(pass("local n = 41 return function() n = n + 1 return n end",
             "local f = ... assert(f() == 42 and f() == 43)") == "");
  CHECK(pass("local t = {1} return function() return t end, t",
             "local f, t = ... assert(f() == t and t[1] == 1)") == "");
  CHECK(pass("local a, b, c return function() return a, b, c end",
             "assert(select('#', (...)()) == 3)") == "");
  CHECK(pass("return function(...) return select('#', ...), ... end",
             "local n, x = (...)(nil, 2) assert(n == 2 and x == nil)") == "");
}

TEST_CASE("codec: closures that share an upvalue still share it") {
  const std::string check = R"lua(
    local inc, get = ...
    assert(get() == 0) inc() inc() assert(get() == 2)
  )lua";
  CHECK(pass("local n = 0 return function() n = n + 1 end, function() return n end", check) == "");
  CHECK(pass("local x, n, y = 1, 0, 2 return function() n = n + x end, function() return n, y end",
             check) == "");
  CHECK(pass(R"lua(
    local n = 0
    local inc = function() n = n + 1 end
    local object = {get = function() return n end}
    return inc, function() return object.get() end
  )lua",
             check) == "");
  // An upvalue that is not shared stays a function's own.
  CHECK(pass("local function counter() local n = 0 return function() n = n + 1 return n end end "
             "return counter(), counter()",
             "local a, b = ... assert(a() == 1 and a() == 2 and b() == 1)") == "");
}

TEST_CASE("codec: functions that reach themselves and each other") {
  CHECK(pass("local function fac(n) return n < 2 and 1 or n * fac(n - 1) end return fac",
             "assert((...)(5) == 120)") == "");
  CHECK(pass(R"lua(
    local odd
    local function even(n) if n == 0 then return true end return odd(n - 1) end
    function odd(n) if n == 0 then return false end return even(n - 1) end
    return even, odd
  )lua",
             "local even, odd = ... assert(even(10) and not odd(10))") == "");
  CHECK(pass("local t = {} function t.me() return t end t[t.me] = t.me return t",
             "local t = ... assert(t.me() == t and t[t.me] == t.me)") == "");
  CHECK(pass("local f = function() return 1 end return f, f, {f}",
             "local a, b, t = ... assert(a == b and t[1] == a)") == "");
}

TEST_CASE("codec: 10 000 functions, each the upvalue of the next") {
  CHECK(pass("local f = function() return 0 end "
             "for i = 1, 10000 do local g = f f = function() return g end end return f",
             "local f, n = ..., 0 while type(f) == 'function' do f = f() n = n + 1 end "
             "assert(n == 10001)") == "");
}

TEST_CASE("codec: debug lines are kept") {
  CHECK(pass("\n\nreturn function()\n  error('here')\nend",
             "local ok, message = pcall((...)) assert(message == 'script:4: here', message)") ==
        "");
  CHECK(pass("return load(string.dump(function(a) return a end, true))", "assert((...)(5) == 5)") ==
        "");
}

TEST_CASE("codec: _ENV is the receiver's globals") {
  CHECK(pass("return function() return type(print), _G, _ENV end",
             "local t, g, e = (...)() assert(t == 'function' and g == _G and e == _G)") == "");
  CHECK(pass("x = 1 return function() y = 5 return function() return y end end",
             "assert((...)()() == 5 and y == 5)") == "");
  CHECK(pass("local a = 1 return function() return a, tostring(a) end",
             "local a, s = (...)() assert(a == 1 and s == '1')") == "");
  CHECK(pass("return _G, {_G}", "local g, t = ... assert(g == _G and t[1] == _G)") == "");
  CHECK(pass("local g = _G return function() return g.tostring(5) end", "assert((...)() == '5')") ==
        "");
}

TEST_CASE("codec: an _ENV of the script's own is a table like any other") {
  CHECK(pass("local _ENV = {x = 5} return function() x = x + 1 return x, _ENV end", R"lua(
    local x, env = (...)()
    assert(x == 6 and env ~= _G and env.x == 6 and rawget(_G, "x") == nil)
  )lua") == "");
  CHECK(pass("local g = _G local _ENV = setmetatable({x = 5}, {__index = g}) "
             "return function() return x, tostring(x) end",
             "local x, s = (...)() assert(x == 5 and s == '5')") == "");
}

TEST_CASE("codec: globals that a function names come along") {
  CHECK(pass("config = {size = 3} function area(n) return n * config.size end "
             "return function() return area(2) end",
             "assert((...)() == 6 and config.size == 3 and area(1) == 3)") == "");
  CHECK(pass("a = 1 function f() return function() return function() return a end end end "
             "return function() return f()()() end",
             "assert((...)() == 1)") == "");
  CHECK(pass("function even(n) if n == 0 then return true end return odd(n - 1) end "
             "function odd(n) if n == 0 then return false end return even(n - 1) end "
             "return function(n) return even(n) end",
             "assert((...)(10) == true and even and odd)") == "");
  CHECK(pass("counter = 1 return function() counter = counter + 1 return counter end",
             "assert((...)() == 2)") == "");
  CHECK(pass("missing = nil other = 5 return function() return missing end",
             "assert((...)() == nil and rawget(_G, 'other') == nil)") == "");
  CHECK(pass("t = {} t.f = function() return t end return {f = t.f}",
             "local f = (...).f assert(f() == t and t.f == f)") == "");
  CHECK(pass("local g = _G deep = 7 return function() return g.deep end", "assert((...)() == 7)") ==
        "");
  CHECK(pass("deep = 7 return function() return _G.deep end", "assert((...)() == 7)") == "");
  CHECK(pass("flag = false return function() return flag end",
             "assert((...)() == false and flag == false)") == "");
  CHECK(pass("fmt = string.format return function(x) return fmt('%d', x) end",
             "assert((...)(5) == '5' and fmt == string.format)") == "");
}

TEST_CASE("codec: globals with more constants than an instruction can number, and long names") {
  CHECK(pass(R"lua(
    local lines = {}
    for i = 1, 300 do lines[i] = ("local x = 'constant %d'"):format(i) end
    last = 5
    a_name_that_is_longer_than_what_lua_keeps_as_a_short_string = 6
    return load("do return function() do " .. table.concat(lines, " end do ") ..
      " end last = last + 1 return last, last_one, " ..
      "a_name_that_is_longer_than_what_lua_keeps_as_a_short_string end end")()
  )lua",
             "local a, b, c = (...)() assert(a == 6 and b == nil and c == 6)") == "");
}

TEST_CASE("codec: a global that the receiver has stays, unless it came from elsewhere") {
  CodecState from;
  CodecState to;
  REQUIRE(to.run("mine = 'here' function helper() return 'here' end") == "");
  const std::string make = R"lua(
    n = (n or 0) + 1
    mine = "there" function helper() return "there" end
    carried = n
    return function() return mine, helper(), carried end
  )lua";
  CHECK(pass(from, to, make,
             "local m, h, c = (...)() assert(m == 'here' and h == 'here' and c == 1)") == "");
  CHECK(pass(from, to, make,
             "local m, h, c = (...)() assert(m == 'here' and h == 'here' and c == 2)") == "");
  REQUIRE(to.run("print = 5") == "");
  CHECK(pass(from, to, "function print() end return function() return print end",
             "assert((...)() == 5)") == "");
}

TEST_CASE("codec: a function that comes back to its state changes no global of it") {
  CodecState state;
  CodecState other;
  const std::string make = "return function() return cache end";
  CHECK(pass(other, state, "cache = {} " + make, "assert((...)() == cache)") == "");
  CHECK(pass(state, state, "kept = cache " + make, "assert((...)() == cache and cache == kept)") ==
        "");
}

TEST_CASE("codec: C functions travel by name") {
  CHECK(pass("return print, string.format, {table.concat}, math.floor",
             "local p, f, t, m = ... assert(p == print and f == string.format and "
             "t[1] == table.concat and m == math.floor)") == "");
  CHECK(pass("local floor = math.floor return function(x) return floor(x) end",
             "assert((...)(1.5) == 1)") == "");
  CHECK(pass("return {[print] = print}", "assert((...)[print] == print)") == "");
  CHECK(pass("local c = require('classes') return c.core.inner, c.closure",
             "local i, c = ... assert(package.loaded.classes.core.inner == i and "
             "package.loaded.classes.closure == c)") == "");
  // One that the script has replaced keeps its name.
  CHECK(pass("local old = print function print(...) return old(...) end print = print "
             "return old",
             "assert(... == print)") == "");
}

TEST_CASE("codec: a C function that nothing names is refused") {
  CHECK(refusal("return ('x'):gmatch('.')") ==
        "cannot send a C function that no module has (argument 1)");
  CHECK(refusal("return {f = coroutine.wrap(print)}") ==
        "cannot send a C function that no module has (argument 1, field \"f\")");
}

TEST_CASE("codec: a function that the receiver does not have is an error there") {
  CodecState from;
  CodecState to;
  REQUIRE(to.run("string.format = nil package.loaded.classes = {}") == "");
  CHECK(pass(from, to, "return string.format", "") ==
        "cannot receive 'string.format': it is not here");
  CHECK(pass(from, to, "return require('classes').core.inner", "") ==
        "cannot receive 'classes.core.inner': it is not here");
  // Of a module that only the sender has: nothing is sent.
  CHECK(pass(from, to,
             "package.loaded.nowhere = {f = 1, g = coroutine.wrap(print)} "
             "return package.loaded.nowhere.g",
             "") == "cannot send a C function that no module has (argument 1)");
  REQUIRE(to.run("require = nil") == "");
  braid::codec::modules_changed(from.L);
  CHECK(pass(from, to, "return require('later')", "") == "cannot receive 'later': it is not here");
}
