-- braid.inspect: the text of any value.

local inspect = require "braid.inspect"
local queue = require "braid.queue"
local support = require "support"

test("scalars", function()
  expect(inspect(nil)):equals "nil"
  expect(inspect()):equals "nil"
  expect(inspect(true)):equals "true"
  expect(inspect(1)):equals "1"
  expect(inspect(1.0)):equals "1.0"
  expect(inspect(-0.5)):equals "-0.5"
  expect(inspect(math.huge)):equals "inf"
  expect(inspect "text"):equals '"text"'
end)

test("strings are quoted, UTF-8 is kept and other bytes are escaped", function()
  expect(inspect 'a"b\\c\n\t\0\27é'):equals [["a\"b\\c\n\t\x00\x1Bé"]]
  expect(inspect "\xFFé"):equals [["\xFF\xC3\xA9"]]
end)

test("it can be read back", function()
  local value = { 1, 2.5, "three\n\0é", { nested = { true, false } }, ["a key"] = 1, [10] = "ten",
                  ["end"] = "keyword", [true] = 0 }
  expect(load("return " .. inspect(value))()):same(value)
end)

test("sequences come first, then the keys in order: numbers, strings, booleans", function()
  expect(inspect { "a", "b", z = 1, b = 2, [true] = 3, [-1] = 4, [2.5] = 5 })
    :equals '{"a", "b", [-1] = 4, [2.5] = 5, b = 2, z = 1, [true] = 3}'
  expect(inspect {}):equals "{}"
end)

test("what is wider than a line is put on several", function()
  local t = { name = ("n"):rep(30), list = { 1, 2, 3 }, other = ("o"):rep(40) }
  expect(inspect(t)):equals(table.concat({
    "{",
    "  list = {1, 2, 3},",
    '  name = "' .. ("n"):rep(30) .. '",',
    '  other = "' .. ("o"):rep(40) .. '"',
    "}",
  }, "\n"))
  expect(inspect({ { 1, 2 } }, { width = 5 })):equals "{\n  {\n    1,\n    2\n  }\n}"
end)

test("cycles, and tables that are met twice, have numbers", function()
  local t = { name = "t" }
  t.self = t
  expect(inspect(t)):equals '<1>{name = "t", self = <table 1>}'
  local shared = { 1 }
  expect(inspect { shared, shared }):equals "{<1>{1}, <table 1>}"
end)

test("long strings and wide and deep tables are cut", function()
  expect(inspect(("x"):rep(600))):equals('"' .. ("x"):rep(500) .. '"... 100 more bytes')
  expect(inspect("ééé", { string = 3 })):equals '"é"... 4 more bytes'
  local wide = {}
  for i = 1, 1000 do wide[i] = i end
  wide.key = 1
  expect(inspect(wide)):matches "  100,\n  %.%.%. 901 more\n}$"
  expect(inspect({ a = 1, b = 2 }, { items = 1 })):equals "{a = 1, ... 1 more}"
  expect(inspect({ { { 1 } } }, { depth = 2 })):equals "{{{...}}}"
  local deep = {}
  local at = deep
  for _ = 1, 100000 do
    at[1] = {}
    at = at[1]
  end
  expect(inspect(deep)):matches "{%.%.%.}"
end)

test("__tostring is used, also when it fails; __name is said; no other metamethod is called", function()
  local function with(meta) return setmetatable({ x = 1 }, meta) end
  expect(inspect { with { __tostring = function() return "mine" end } }):equals "{mine}"
  expect(inspect(with { __tostring = function() error("broken", 0) end }))
    :equals "<error in __tostring: broken>"
  expect(inspect(with { __name = "Point" })):equals "Point {x = 1}"
  local loud = function() error "called" end
  expect(inspect(with { __index = loud, __len = loud, __pairs = loud, __eq = loud, __metatable = 1 }))
    :equals "{x = 1}"
end)

test("functions, coroutines and handles", function()
  expect(inspect(print)):equals "<function in C>"
  expect(inspect(function() end)):matches "^<function .*inspect_spec.lua:%d+>$"
  expect(inspect(coroutine.create(print))):equals "<coroutine, suspended>"
  expect(inspect { q = queue.Queue() }):matches "^{q = <?Queue.*}$"
  expect(inspect(io.stdout)):matches "^file %("
end)

test("keys may be anything", function()
  expect(inspect { [print] = 1 }):equals "{[<function in C>] = 1}"
  expect(inspect { [{}] = 1 }):matches "^{%[<table: 0x%x+>%] = 1}$"
end)

test("options that are wrong", function()
  expect_error(function() inspect({}, 5) end, "inspect_spec.lua:%d+: bad argument #2 to 'inspect'")
  expect_error(function() inspect({}, { widht = 5 }) end, "unknown option 'widht'")
  expect_error(function() inspect({}, { width = "5" }) end, "'width' is no limit")
end)

test("it is a module, a field of braid and a field of itself", function()
  local out, err = support.script [[
    local braid = require "braid"
    print(rawget(braid, "inspect"), braid.nothing)
    print(braid.inspect == require "braid.inspect", rawget(braid, "inspect") ~= nil)
    print(braid.inspect {1}, braid.inspect.inspect {1})]]
  expect(err):equals ""
  expect(out):equals "nil\tnil\ntrue\ttrue\n{1}\t{1}\n"
end)
