-- braid.shared: Array. What its items can be is in shared_value_spec.

local shared = require "braid.shared"
local units = require "units"
local Array = shared.Array

test("an Array of a size is full of nothing", function()
  expect(Array("i32", 3):tolist()):same {0, 0, 0}
  expect(Array("f64", 2):tolist()):same {0.0, 0.0}
  expect(Array("bool", 2):tolist()):same {false, false}
  expect(Array("char", 2):tolist()):same {"\0", "\0"}
  expect(Array("i32", 0):tolist()):same {}
  expect(#Array("i8", 1000.0)):equals(1000)
end)

test("an Array of a list is a copy of it", function()
  local list = {1, 2, 3}
  local a = Array("u8", list)
  list[1] = 9
  expect(a:tolist()):same {1, 2, 3}
  expect(Array("d", {0.5}):tolist()):same {0.5}
  expect(table.concat(Array("c", "hello"):tolist())):equals "hello"
  expect(Array("i32", {}):tolist()):same {}
end)

test("items are read and written from 1 to #a", function()
  local a = Array("i32", 3)
  expect(#a):equals(3)
  a[1], a[3.0] = 10, 30
  expect(a[1]):equals(10)
  expect(a[2]):equals(0)
  expect(a[3.0]):equals(30)
  expect(a[4]):is_nil()
end)

test("out of bounds raises, but for the index behind the last when read", function()
  local a = Array("i32", {1, 2, 3})
  for _, index in ipairs {0, -1, 5, 2 ^ 53, math.mininteger, math.maxinteger} do
    expect_error(function() return a[index] end, "index .* is out of bounds, which are 1 to 3")
  end
  for _, index in ipairs {0, -1, 4, 5} do
    expect_error(function() a[index] = 1 end, "index .* is out of bounds")
  end
  expect_error(function() return a[1.5] end, "bad index %(number has no integer representation")
  expect_error(function() return a[nil] end, "bad index %(number expected, got nil")
  expect_error(function() return a[{}] end, "bad index")
  expect_error(function() a.x = 1 end, "bad index %(number expected, got string")
  expect(a.x):is_nil()
  expect(a:tolist()):same {1, 2, 3}
  expect(Array("i32", 0)[1]):is_nil()
end)

test("ipairs and pairs visit every item", function()
  local a = Array("i16", {5, 6, 7})
  for _, iterate in ipairs {ipairs, pairs} do
    local seen = {}
    for i, item in iterate(a) do seen[i] = item end
    expect(seen):same {5, 6, 7}
  end
end)

test("an item that does not fit raises and changes nothing", function()
  local a = Array("u8", {1, 2})
  expect_error(function() a[1] = 256 end, "bad value %(256 is out of range for u8")
  expect_error(function() a[1] = -1 end, "out of range")
  expect_error(function() a[1] = "x" end, "number expected, got string")
  expect_error(function() a[1] = nil end, "number expected, got nil")
  expect(a:tolist()):same {1, 2}
  expect_error(function() Array("u8", {1, 256}) end, "bad argument #2 .* %(at index 2: 256 is out of")
  expect_error(function() Array("u8", {1, nil, 3}) end, "at index 2: number expected, got nil")
end)

test("wrong arguments raise", function()
  expect_error(function() Array("zz", 1) end, "bad argument #1 to '.*Array' %(unknown type 'zz'")
  expect_error(function() Array("i8") end, "bad argument #2 .*number or table expected, got no value")
  expect_error(function() Array("i8", "abc") end, "number or table expected, got string")
  expect_error(function() Array("i8", -1) end, "size must not be negative")
  expect_error(function() Array("i8", 1.5) end, "no integer representation")
  expect_error(function() Array("i64", math.maxinteger) end, "not enough memory")
  expect_error(function() Array("i8", 1, {locks = true}) end, "unknown option 'locks'")
end)

test("lists may be what only looks like one", function()
  local doubled = setmetatable({}, {__len = function() return 3 end,
                                    __index = function(_, i) return i * 2 end})
  expect(Array("i8", doubled):tolist()):same {2, 4, 6}
  local failing = setmetatable({}, {__len = function() return 3 end,
                                    __index = function() error "no item" end})
  expect_error(function() Array("i8", failing) end, "no item")
end)

test("the lock is one RLock, and may be left out", function()
  local a = Array("i32", 1)
  expect(a:get_lock() == a:get_lock()):is_true()
  expect_error(function() Array("i32", 1, {lock = false}):get_lock() end,
    "this Array was made without a lock")
end)

test("a million items", function()
  local a = Array("f64", 1000000)
  a[1], a[1000000] = 1, 2
  expect(a[1] + a[500000] + a[1000000]):equals(3.0)
end)

units.each(function(kind, spawn)
  test("units of kind " .. kind .. " see each other's items", function()
    local a = Array("i32", 100)
    local many = {}
    for i = 1, 4 do
      many[i] = spawn(function(array, first)
        for index = first, #array, 4 do array[index] = index * index end
      end, a, i)
    end
    for _, unit in ipairs(many) do unit:result() end
    for i, item in ipairs(a) do
      if item ~= i * i then error("item " .. i) end
    end
    expect(a[100]):equals(10000)
  end)
end)
