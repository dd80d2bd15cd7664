// Modules, metatables, light userdata, handles, __transfer.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "codec/types.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/codec_support.hpp"

using braid::test::CodecState;
using braid::test::live_boxes;
using braid::test::Message;
using braid::test::pass;
using braid::test::refusal;

TEST_CASE("codec: modules travel by name, and are loaded there") {
  CHECK(pass("return string, {package.loaded.math}, package.loaded",
             "local s, t, p = ... assert(s == string and t[1] == math)") == "");
  CHECK(pass("return require('classes')",
             "assert(... == package.loaded.classes and (...).Class.name == 'Class')") == "");
  CHECK(pass("return {m = require('later')}", "assert((...).m == package.loaded.later)") == "");
  CHECK(pass("local m = require('classes') return function() return m end",
             "assert((...)() == package.loaded.classes)") == "");
  CHECK(pass("classes = require('classes') return function() return classes.Class end",
             "assert((...)() == package.loaded.classes.Class and classes)") == "");
  // A table that a module merely has is copied.
  CHECK(pass("return require('classes').data",
             "assert((...)[1] == 1 and package.loaded.classes == nil)") == "");
}

TEST_CASE("codec: a module that is a function") {
  const char* prepare = "package.loaded.length = string.len string.len = nil";
  CodecState from;
  CodecState to;
  REQUIRE(from.run(prepare) == "");
  REQUIRE(to.run(prepare) == "");
  CHECK(pass(from, to, "return require('length'), 'abc'",
             "local f, s = ... assert(f == package.loaded.length and f(s) == 3)") == "");
}

TEST_CASE("codec: states of several threads do not disturb each other") {
  const int before = live_boxes();
  std::vector<std::string> errors(4);
  std::vector<std::unique_ptr<CodecState>> states;
  for (std::size_t i = 0; i < errors.size() * 2; ++i) {
    states.push_back(std::make_unique<CodecState>());
  }
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < errors.size(); ++i) {
      threads.emplace_back([&, i] {
        for (int round = 0; round < 20 && errors[i].empty(); ++round) {
          errors[i] = braid::test::pass_quietly(
              *states[i * 2], *states[i * 2 + 1],
              "local old = print print = function(...) return old(...) end "
              "n = (n or 0) + 1 local b = box(n) return {b, [b] = n}, old, function() return n end",
              "local t, p, f = ... assert(t[1]() == f() and t[t[1]] == f())");
        }
      });
    }
  }
  for (const std::string& error : errors) CHECK(error == "");
  states.clear();
  CHECK(live_boxes() == before);
}

TEST_CASE("codec: a module that was loaded after something had been sent") {
  CodecState from;
  CodecState to;
  CHECK(pass(from, to, "return {string}", "assert((...)[1] == string)") == "");
  CHECK(pass(from, to, "return require('classes')", "assert(... == package.loaded.classes)") == "");
  CHECK(pass(from, to, "return setmetatable({}, require('classes').Class)",
             "assert(getmetatable((...)) == package.loaded.classes.Class)") == "");
}

// They went by name, and were not found there.
TEST_CASE("codec: a module that no file has is copied as any table") {
  CodecState from;
  CodecState to;
  CHECK(pass(from, to,
             "package.preload.new = function() return {f = function() return 7 end} end "
             "local new = require('new') return function() return new.f() end",
             "assert((...)() == 7)") == "");
  CHECK(pass(from, to, "package.loaded.byhand = {x = {1}} return package.loaded.byhand",
             "assert((...).x[1] == 1 and package.loaded.byhand == nil)") == "");
  // Its metatable is as any other, too.
  CHECK(pass(from, to,
             "local C = {} C.__index = C function C.get(self) return self.v end "
             "package.loaded.class = C return setmetatable({v = 3}, C)",
             "assert((...):get() == 3)") == "");
}

TEST_CASE("codec: a module whose file is found travels by name, along the paths of now") {
  CodecState from;
  CodecState to;
  REQUIRE(from.run("package.path = '' package.cpath = ''") == "");
  CHECK(pass(from, to, "package.loaded['found.file'] = {5} return package.loaded['found.file']",
             "assert((...)[1] == 5)") == "");
  const std::string root = std::filesystem::temp_directory_path() / "braid_codec_test";
  std::filesystem::create_directories(root + "/found");
  std::ofstream(root + "/found/file.lua") << "return {6}";
  const std::string path = "package.path = 'nowhere;" + root + "/?.lua'";
  REQUIRE(from.run(path) == "");
  REQUIRE(to.run(path) == "");
  braid::codec::modules_changed(from.L);
  CHECK(pass(from, to, "return package.loaded['found.file']", "assert((...)[1] == 6)") == "");
  std::filesystem::remove_all(root);
}

TEST_CASE("codec: a table that a module was, and is no more, is copied") {
  CodecState from;
  CodecState to;
  CHECK(pass(from, to, "m = {x = 1} package.loaded.gone = m return {string}", "") == "");
  CHECK(pass(from, to, "package.loaded.gone = nil return m", "assert((...).x == 1)") == "");
}

TEST_CASE("codec: metatables that are modules, or in one, keep their identity") {
  CHECK(pass("local C = require('classes').Class return setmetatable({value = 5}, C)", R"lua(
    local C = require("classes").Class
    assert(getmetatable((...)) == C and (...):get() == 5)
  )lua") == "");
  CHECK(pass("return setmetatable({}, require('classes'))",
             "assert(getmetatable((...)) == package.loaded.classes)") == "");
  CHECK(pass("return setmetatable({kind = 'x'}, debug.getregistry()['test.Error'])", R"lua(
    assert(getmetatable((...)) == debug.getregistry()["test.Error"] and (...).kind == "x")
  )lua") == "");
}

TEST_CASE("codec: other metatables are copied") {
  CHECK(pass(R"lua(
    local Point = {} Point.__index = Point
    function Point.new(x) return setmetatable({x = x}, Point) end
    function Point:twice() return Point.new(self.x * 2) end
    Point.__add = function(a, b) return Point.new(a.x + b.x) end
    Point.__metatable = "locked"
    return Point.new(1), Point.new(2)
  )lua",
             R"lua(
    local a, b = ...
    assert((a + b).x == 3 and a:twice().x == 2 and getmetatable(a) == "locked")
    assert(debug.getmetatable(a) == debug.getmetatable(b))
    assert(debug.getmetatable(a:twice()) == debug.getmetatable(a))
  )lua") == "");
  CHECK(pass("local t = {} setmetatable(t, t) t.__index = {y = 2} return t",
             "local t = ... assert(getmetatable(t) == t and t.y == 2)") == "");
  CHECK(pass("return setmetatable({1, 2}, {__newindex = function() error('set') end, "
             "__len = function() return 7 end, __pairs = function() error('pairs') end})",
             "local t = ... assert(rawlen(t) == 2 and #t == 7)") == "");
  CHECK(pass("return setmetatable({[1] = {}, k = {}}, {__mode = 'v'})",
             "local t = ... collectgarbage() assert(getmetatable(t).__mode == 'v' and "
             "next(t) == nil)") == "");
  CHECK(pass("return 'x'", "assert((...):upper() == 'X')") == "");
}

TEST_CASE("codec: __gc counts, also when the metatable was not complete yet") {
  const std::string check = R"lua(
    local object = ...
    count = 0
    object = nil
  )lua";
  CodecState from;
  CodecState to;
  CHECK(pass(from, to, "return setmetatable({}, {__gc = function() collected = true end})",
             "local o = ... o = nil") == "");
  CHECK(to.run("collectgarbage() assert(collected)") == "");
  CHECK(pass(from, to, R"lua(
    local Class = {}
    Class.instance = setmetatable({}, Class)
    local again = setmetatable({}, {__gc = function() again_collected = true end})
    getmetatable(again).other = again
    Class.__gc = function() class_collected = true end
    setmetatable(Class.instance, Class)
    return Class, getmetatable(again)
  )lua",
             "local c, m = ... c.instance = nil m.other = nil") == "");
  CHECK(to.run("collectgarbage() collectgarbage() assert(class_collected and again_collected)") ==
        "");
}

TEST_CASE("codec: a light userdata travels when a module has it") {
  CHECK(pass("local null = require('classes').null return null, {null, [null] = null}",
             "local n, t = ... assert(n == package.loaded.classes.null and t[n] == n)") == "");
  CHECK(refusal("return debug.upvalueid(function() return print end, 1)") ==
        "cannot send a light userdata (argument 1)");
}

TEST_CASE("codec: handles travel as references, anywhere") {
  CHECK(pass("return box(5)", "assert((...)() == 5)") == "");
  CHECK(pass("local b = box(5) return {b, [b] = b, x = {b}}, b",
             "local t, b = ... assert(t[1] == b and t[b] == b and t.x[1] == b and b() == 5)") ==
        "");
  CHECK(pass("local b = box(3) return function() return b() end", "assert((...)() == 3)") == "");
  CHECK(pass("b = box(4) return function() return b() end", "assert((...)() == 4)") == "");
  CHECK(pass("local t = {} for i = 1, 500 do t[i] = box(i + 1000) end return t",
             "for i, b in ipairs((...)) do assert(b() == i + 1000) end") == "");
}

TEST_CASE("codec: a message holds references of its own until it is released") {
  const int before = live_boxes();
  {
    CodecState from;
    CodecState to;
    {
      Message message;
      pack(from, "return box(1), {box(2)}", message);
      from.close();
      CHECK(live_boxes() == before + 2);
      CHECK(unpack(to, message, "a, t = ...") == "");
      CHECK(live_boxes() == before + 4);
      CHECK(unpack(to, message, "b, u = ...") == "");
      CHECK(live_boxes() == before + 6);
    }
    CHECK(live_boxes() == before + 4);
    CHECK(to.run("assert(a() == 1 and t[1]() == 2 and a ~= b)") == "");
  }
  CHECK(live_boxes() == before);
}

TEST_CASE("codec: a refusal gives back the references taken before it") {
  CHECK(refusal("return box(1), {box(2)}, coroutine.create(print)") ==
        "cannot send a coroutine (argument 3)");
  CHECK(refusal("return box(1), {q = box(99)}") ==
        "cannot send a closed Box (argument 2, field \"q\")");
}

TEST_CASE("codec: __transfer says how a value travels") {
  CHECK(pass(R"lua(
    local mt = {} mt.__transfer = function(self) return function(x) return {got = x} end, self.x end
    return setmetatable({x = 5, co = coroutine.create(print)}, mt)
  )lua",
             "assert((...).got == 5)") == "");
  CHECK(pass(R"lua(
    local mt = {__transfer = function(self) return tostring, 17 end}
    local v = setmetatable({}, mt)
    return {v, [v] = 1}, v
  )lua",
             "local t, v = ... assert(v == '17' and t[1] == '17' and t['17'] == 1)") == "");
  CHECK(pass(R"lua(
    local calls = 0
    local mt = {__transfer = function() calls = calls + 1 return function() return {} end end}
    local v = setmetatable({}, mt)
    return {v, v, {v}}, v, function() return calls end
  )lua",
             "local t, v, n = ... assert(t[1] == v and t[2] == v and t[3][1] == v and n() == 1)") ==
        "");
  CHECK(pass("return setmetatable({}, {__transfer = function() return math.max, 1, 7, 3 end})",
             "assert(... == 7)") == "");
  CHECK(pass("return setmetatable({}, {__transfer = function() return print ~= nil and error, "
             "'from there' end})",
             "") == "from there");
  CHECK(pass("helper = function(x) return x * 2 end return setmetatable({}, {__transfer = "
             "function() return function(x) return helper(x) end, 4 end})",
             "assert(... == 8)") == "");
  CHECK(pass(R"lua(
    local box, mt = box, {}
    mt.__transfer = function(self) return function(b) return {box = b} end, self.box end
    return setmetatable({box = box(6)}, mt)
  )lua",
             "assert((...).box() == 6)") == "");
}

TEST_CASE("codec: __transfer inside __transfer, and of a userdata") {
  CHECK(pass(R"lua(
    local mt = {}
    mt.__transfer = function(self)
      if self.n == 0 then return function() return 0 end end
      return function(x) return x + 1 end, setmetatable({n = self.n - 1}, mt)
    end
    return setmetatable({n = 50}, mt)
  )lua",
             "assert(... == 50)") == "");
  CHECK(pass(R"lua(
    local file = io.tmpfile()
    debug.getmetatable(file).__transfer = function(f) return function() return "a file" end end
    return file, {file}
  )lua",
             "local f, t = ... assert(f == 'a file' and t[1] == f)") == "");
}

TEST_CASE("codec: what __transfer returns anew each time is told apart") {
  CHECK(pass(R"lua(
    local mt = {__transfer = function(self)
      collectgarbage()
      return function(t) return t end, {self.n}
    end}
    local list = {}
    for i = 1, 200 do list[i] = setmetatable({n = i}, mt) end
    return list
  )lua",
             "for i = 1, 200 do assert((...)[i][1] == i) end") == "");
}

TEST_CASE("codec: a value that its __transfer changes meanwhile does no harm") {
  CHECK(pass(R"lua(
    local root = {}
    local mt = {__transfer = function(self)
      for k in pairs(root) do root[k] = nil end
      collectgarbage()
      return function() return 1 end
    end}
    for i = 1, 10 do root[i] = {i} root["k" .. i] = setmetatable({}, mt) end
    return root
  )lua",
             "assert(type((...)) == 'table')") == "");
  Message message;
  CodecState state;
  pack(state, R"lua(
    local root = {}
    local mt = {__transfer = function()
      for i = 1, 100 do root["new" .. i] = i end
      return function() return 1 end
    end}
    for i = 1, 10 do root["k" .. i] = setmetatable({}, mt) end
    return root
  )lua",
       message);
  CHECK(pass(state, state, "return 1, {}", "") == "");
}

TEST_CASE("codec: a __transfer that fails is the refusal") {
  CHECK(refusal("return setmetatable({}, {__transfer = function() error('not today', 0) end})") ==
        "not today");
  CHECK(refusal("return box(1), setmetatable({}, {__transfer = function() error({}) end})")
            .find("table:") == 0);
  CHECK(
      refusal("return {x = setmetatable({}, {__transfer = function() return 5 end})}") ==
      "cannot send a value whose __transfer does not return a function (argument 1, field \"x\")");
  CHECK(
      refusal("return {x = setmetatable({}, {__transfer = function() end})}") ==
      "cannot send a value whose __transfer does not return a function (argument 1, field \"x\")");
  CHECK(refusal("return setmetatable({}, {__transfer = function(s) return print, s end})") ==
        "cannot send a value that is in what its own __transfer returns (argument 1, __transfer)");
  CHECK(refusal("return setmetatable({}, {__transfer = function(s) return print, "
                "coroutine.create(print) end})") ==
        "cannot send a coroutine (argument 1, __transfer)");
  CHECK(refusal("return setmetatable({}, {__transfer = function() coroutine.yield() end})")
            .find("yield") != std::string::npos);
}

TEST_CASE("codec: a function of __transfer that fails there raises there") {
  CodecState from;
  CodecState to;
  CHECK(pass(from, to,
             "return {setmetatable({}, {__transfer = function() return error, 'bad', 0 end})}",
             "") == "bad");
  CHECK(pass(from, to, "return {1}", "assert((...)[1] == 1)") == "");
}

TEST_CASE("codec: finalizers and __transfer may send, too, while something is being sent") {
  CHECK(pass(R"lua(
    local mt = {}
    mt.__gc = function(object)
      assert(not pcall(resend, coroutine.wrap(print)))  -- makes the index of names anew
      resend{string, print, object}
      if not stop then setmetatable({}, mt) end
    end
    collectgarbage("setpause", 0)
    collectgarbage("setstepmul", 1000)
    setmetatable({}, mt)
    local classes = require("classes")
    local list = {}
    for i = 1, 500 do
      list[i] = {classes.closure, setmetatable({}, classes.Class), string, classes,
        function() return i, tostring(i) end}
    end
    for i = 1, 20 do resend(list) end
    list[501] = setmetatable({}, {__transfer = function() resend(list[1]) return tostring, 5 end})
    stop = true
    return list
  )lua",
             R"lua(
    local list = ...
    local classes = require("classes")
    for i = 1, 500 do
      assert(list[i][1] == classes.closure and getmetatable(list[i][2]) == classes.Class)
      assert(list[i][3] == string and list[i][4] == classes and list[i][5]() == i)
    end
    assert(list[501] == "5")
  )lua") == "");
}
