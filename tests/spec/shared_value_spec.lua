-- braid.shared: Value, and what it shares with Array: types, ranges, locks.

local shared = require "braid.shared"
local units = require "units"
local Value = shared.Value

local integers = {
  i8 = {-128, 127}, u8 = {0, 255}, i16 = {-32768, 32767}, u16 = {0, 65535},
  i32 = {-2 ^ 31 | 0, 2 ^ 31 - 1 | 0}, u32 = {0, 2 ^ 32 - 1 | 0},
  i64 = {math.mininteger, math.maxinteger},
}

test("a Value begins with what is given, or with nothing", function()
  expect(Value("i32", 5).value):equals(5)
  expect(Value("i32").value):equals(0)
  expect(math.type(Value("i32", 5.0).value)):equals "integer"
  expect(Value("f64").value):equals(0.0)
  expect(math.type(Value("f64", 1).value)):equals "float"
  expect(Value("bool").value):is_false()
  expect(Value("bool", true).value):is_true()
  expect(Value("char").value):equals "\0"
  expect(Value("char", "\255").value):equals "\255"
  expect(Value("i32", nil).value):equals(0)
end)

test("a Value is read and written as a field", function()
  local v = Value "d"
  v.value = 2.5
  expect(v.value):equals(2.5)
  expect(v.nothing):is_nil()
  expect_error(function() v.other = 1 end, "cannot set field 'other' of a Value")
end)

test("the letters of array and the names of ctypes mean types", function()
  local names = {
    i8 = "b c_byte c_int8", u8 = "B c_ubyte c_uint8", i16 = "h c_short c_int16",
    u16 = "H c_ushort c_uint16", i32 = "i c_int c_int32", u32 = "I c_uint c_uint32",
    i64 = "l q c_long c_longlong c_int64 c_ssize_t",
  }
  for type, list in pairs(names) do
    for name in list:gmatch "%S+" do
      local least, greatest = table.unpack(integers[type])
      expect(Value(name, least).value):equals(least)
      expect(Value(name, greatest).value):equals(greatest)
      if type ~= "i64" then expect_error(function() Value(name, greatest + 1) end, "out of range") end
    end
  end
  for name in ("L Q c_ulong c_ulonglong c_uint64 c_size_t u64"):gmatch "%S+" do
    expect(Value(name, -1).value):equals(-1)
  end
  for name in ("f c_float f32"):gmatch "%S+" do
    expect(Value(name, 0.1).value):equals(string.unpack("f", string.pack("f", 0.1)))
  end
  for name in ("d c_double f64"):gmatch "%S+" do expect(Value(name, 0.1).value):equals(0.1) end
  for name in ("? c_bool bool"):gmatch "%S+" do expect(Value(name, true).value):is_true() end
  for name in ("c c_char char"):gmatch "%S+" do expect(Value(name, "x").value):equals "x" end
end)

test("the constants name themselves", function()
  local count = 0
  for name, value in pairs(shared) do
    if name:match "^c_" then
      expect(value):equals(name)
      expect(pcall(Value, value)):is_true()
      count = count + 1
    end
  end
  expect(count):equals(24)
end)

test("what is no type is refused", function()
  for _, name in ipairs {"", "u", "w", "int", "i128", "I32", "c_wchar"} do
    expect_error(function() Value(name) end, "bad argument #1 to '.*Value' %(unknown type")
  end
  expect_error(function() Value() end, "bad argument #1 to '.*Value' %(string expected")
  expect_error(function() Value {} end, "bad argument #1 to '.*Value' %(string expected")
end)

test("out of range, not integral or of another kind raises and changes nothing", function()
  for type, range in pairs(integers) do
    local v = Value(type, 7)
    if type ~= "i64" then
      expect_error(function() v.value = range[1] - 1 end, "bad value .* is out of range for " .. type)
      expect_error(function() v.value = range[2] + 1 end, "out of range")
    end
    expect_error(function() v.value = 1.5 end, "no integer representation")
    expect_error(function() v.value = 0 / 0 end, "no integer representation")
    expect_error(function() v.value = 2.0 ^ 64 end, "no integer representation")
    expect_error(function() v.value = "7" end, "number expected, got string")
    expect_error(function() v.value = nil end, "number expected, got nil")
    expect_error(function() v:exchange(true) end, "bad argument #1 to 'exchange' %(number expected")
    expect_error(function() v:compare_exchange(7) end, "bad argument #2 to 'compare_exchange'")
    expect(v.value):equals(7)
  end
  local f = Value("f32", 1)
  expect_error(function() f.value = 1e39 end, "out of range for f32")
  expect_error(function() f.value = "x" end, "number expected")
  f.value = math.huge
  expect(f.value):equals(math.huge)
  expect_error(function() Value("bool", 1) end, "boolean expected, got number")
  expect_error(function() Value("bool", "true") end, "boolean expected")
  expect_error(function() Value("char", "xy") end, "string of one byte expected")
  expect_error(function() Value("char", "") end, "string of one byte expected")
  expect_error(function() Value("char", 65) end, "string of one byte expected, got number")
end)

test("add returns the new value and raises rather than wrap", function()
  local v = Value("i8", 120)
  expect(v:add(7)):equals(127)
  expect_error(function() v:add(1) end, "bad argument #1 to 'add' %(the sum is out of range for i8")
  expect(v:add(-255)):equals(-128)
  expect_error(function() v:add(math.mininteger) end, "out of range")
  expect_error(function() v:add(0.5) end, "no integer representation")
  expect_error(function() v:add() end, "number expected, got no value")
  expect(v.value):equals(-128)
  local u = Value("u64", 0)
  expect_error(function() u:add(-1) end, "out of range for u64")
  expect(Value("u64", -2):add(1)):equals(-1)
  expect_error(function() Value("u64", -1):add(1) end, "out of range")
  expect_error(function() Value("i64", math.maxinteger):add(1) end, "out of range")
  expect(Value("d", 1):add(0.5)):equals(1.5)
  expect_error(function() Value("bool"):add(1) end, "cannot add to a Value of type bool")
  expect_error(function() Value("char"):add(1) end, "cannot add to a Value of type char")
end)

test("exchange returns the old value, compare_exchange says whether it did it", function()
  local v = Value("i32", 1)
  expect(v:exchange(2)):equals(1)
  expect(v:compare_exchange(1, 3)):is_false()
  expect(v:compare_exchange(2, 3)):is_true()
  expect(v.value):equals(3)
  local f = Value("f64", -0.0)
  expect(f:compare_exchange(0, 0 / 0)):is_true()
  expect(f:compare_exchange(0 / 0, 1)):is_false()
  local b = Value("bool", true)
  expect(b:compare_exchange(true, false)):is_true()
  expect(b:exchange(true)):is_false()
end)

test("the lock is one RLock, the same for every handle", function()
  local v = Value "i32"
  local lock = v:get_lock()
  expect(lock == v:get_lock()):is_true()
  lock:acquire()
  lock:acquire()
  expect(lock:locked()):is_true()
  lock:release()
  lock:release()
  expect(v.value):equals(0)
end)

test("a lock may be left out or given", function()
  local none = Value("i32", 1, {lock = false})
  expect_error(function() none:get_lock() end, "this Value was made without a lock")
  expect(none:add(1)):equals(2)
  expect(Value("i32", {lock = false}).value):equals(0)
  local lock = require("braid.sync").RLock()
  expect(Value("i32", 0, {lock = lock}):get_lock() == lock):is_true()
  expect(Value("i32", 0, {lock = true}):get_lock():locked()):is_false()
  expect_error(function() Value("i32", 0, {lock = 1}) end, "'lock' must be a boolean or a lock")
  expect_error(function() Value("i32", 0, {lok = false}) end, "unknown option 'lok'")
  expect_error(function() Value("i32", 0, false) end, "bad argument #3 to '.*Value'")
end)

test("methods want a Value", function()
  local v = Value "i32"
  expect_error(function() v.add({}, 1) end, "bad argument #1 to 'add' %(Value expected, got table")
  expect_error(function() v.add(shared.Table(), 1) end, "Value expected")
end)

units.each(function(kind, spawn)
  test("sums of several units of kind " .. kind .. " lose nothing", function()
    local v, f = Value("i64"), Value("f64")
    local many = {}
    for i = 1, 4 do
      many[i] = spawn(function(value, float)
        local task = require "braid.task"
        for n = 1, 1000 do
          value:add(1)
          float:add(0.5)
          if n % 100 == 0 then task.yield() end
        end
      end, v, f)
    end
    for _, unit in ipairs(many) do unit:join() end
    expect(v.value):equals(4000)
    expect(f.value):equals(2000.0)
  end)

  test("a read and a write under the lock are one step for units of kind " .. kind, function()
    local v = Value "i32"
    local many = {}
    for i = 1, 3 do
      many[i] = spawn(function(value)
        local task = require "braid.task"
        for _ = 1, 50 do
          local _ <close> = value:get_lock():guard()
          local seen = value.value
          task.yield()
          value.value = seen + 1
        end
      end, v)
    end
    for _, unit in ipairs(many) do unit:result() end
    expect(v.value):equals(150)
  end)
end)
