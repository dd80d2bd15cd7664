// What cannot travel is refused in the sender, and the refusal says where it is.
#include "tests/unit/catch.hpp"
#include "tests/unit/codec_support.hpp"

using braid::codec::Origin;
using braid::test::refusal;

TEST_CASE("codec: what cannot travel is named") {
  CHECK(refusal("return coroutine.create(print)") == "cannot send a coroutine (argument 1)");
  CHECK(refusal("return io.stdout") == "cannot send a file (argument 1)");
  CHECK(refusal("return 1, io.stdout") == "cannot send a file (argument 2)");
  CHECK(refusal("local f = io.tmpfile() debug.setmetatable(f, {__name = 'lxp.parser'}) return f") ==
        "cannot send a lxp.parser (argument 1)");
  CHECK(refusal("local f = io.tmpfile() debug.setmetatable(f, nil) return f") ==
        "cannot send a userdata (argument 1)");
}

TEST_CASE("codec: what the values are is said") {
  const std::string one = "return {co = coroutine.create(print)}";
  CHECK(refusal(one, Origin::value) == "cannot send a coroutine (field \"co\")");
  CHECK(refusal(one, Origin::arguments) == "cannot send a coroutine (argument 1, field \"co\")");
  CHECK(refusal(one, Origin::results) == "cannot send a coroutine (result 1, field \"co\")");
  CHECK(refusal(one, Origin::call) == "cannot send a coroutine (field \"co\")");
  CHECK(refusal("return coroutine.create(print)", Origin::value) == "cannot send a coroutine");
  CHECK(refusal("return 1, io.stdout", Origin::value) == "cannot send a file (value 2)");
  CHECK(refusal("return print, 1, io.stdout", Origin::call) == "cannot send a file (argument 2)");
  CHECK(refusal("local log = io.stdout return function() return log end", Origin::call) ==
        "cannot send a file (upvalue \"log\")");
}

TEST_CASE("codec: the path leads to it") {
  const auto path = [](const std::string& make) {
    const std::string text = refusal("local co = coroutine.create(print) " + make);
    const std::string before = "cannot send a coroutine (argument 1, ";
    INFO(text);
    REQUIRE(text.compare(0, before.size(), before) == 0);
    return text.substr(before.size(), text.size() - before.size() - 1);
  };
  CHECK(path("return {co = co}") == "field \"co\"");
  CHECK(path("return {conn = {co = co}}") == "field \"conn.co\"");
  CHECK(path("return {1, 2, co}") == "field \"[3]\"");
  CHECK(path("return {nil, nil, co}") == "field \"[3]\"");
  CHECK(path("return {list = {{}, {x = co}}}") == "field \"list[2].x\"");
  CHECK(path("return {[true] = co}") == "field \"[true]\"");
  CHECK(path("return {[1.5] = co}") == "field \"[1.5]\"");
  CHECK(path("return {['a b'] = {co}}") == "field \"['a b'][1]\"");
  CHECK(path("return {[{}] = co}") == "field \"[table]\"");
  CHECK(path("return {[co] = 1}") == "key");
  CHECK(path("return {x = {[{y = co}] = 1}}") == "field \"x\", key, field \"y\"");
  CHECK(path("return setmetatable({}, {__index = co})") == "metatable, field \"__index\"");
  CHECK(path("return function() return co end") == "upvalue \"co\"");
  CHECK(path("local state = {conn = {co = co}} return function() return state end") ==
        "upvalue \"state\", field \"conn.co\"");
  CHECK(path("local f = function() return co end return {g = function() return f end}") ==
        "field \"g\", upvalue \"f\", upvalue \"co\"");
  CHECK(path("log = co return function() return log end") == "global \"log\"");
  CHECK(path("log = {co} function note() return log end return function() note() end") ==
        "global \"note\", global \"log\", field \"[1]\"");
  CHECK(path("return {1, {function() end, function() return co end}}") ==
        "field \"[2][2]\", upvalue \"co\"");
}

TEST_CASE("codec: globals of a function that cannot travel, and those it does not name") {
  CHECK(refusal("log = io.stdout return function() log:write('x') end") ==
        "cannot send a file (argument 1, global \"log\")");
  CHECK(refusal("log = io.stdout return function() return function() log:write('x') end end") ==
        "cannot send a file (argument 1, global \"log\")");
  CHECK(refusal("log = io.stdout return function(log) return log end").empty());
}

TEST_CASE("codec: of a deep path the beginning and the end are told") {
  const std::string text =
      refusal("local t = {co = coroutine.create(print)} for i = 1, 10000 do t = {t} end return t");
  CHECK(text.size() < 200);
  CHECK(text.find("field \"[1][1][1]") != std::string::npos);
  CHECK(text.find("...") != std::string::npos);
  CHECK(text.find("[1].co\")") != std::string::npos);
  const std::string wide = refusal("return {[('x'):rep(1000)] = io.stdout}");
  CHECK(wide.size() < 200);
}
