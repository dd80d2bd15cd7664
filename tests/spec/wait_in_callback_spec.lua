-- What a callback that waited does afterwards: it raises, nests, yields, is collected, as in Lua.
-- Callbacks here are those of C functions: comparators, message handlers, readers, __tostring.

local task = require "braid.task"
local support = require "support"

test("an error after a wait in a callback comes out of the C function", function()
  local value = {}
  local function fail()
    task.sleep(0.001)
    error(value)
  end
  expect(expect_error(function() table.sort({ 2, 1 }, fail) end)):equals(value)
  expect(expect_error(function() task.run(string.gsub, "x", ".", fail) end)):equals(value)
  expect_error(function()
    table.sort({ 1, 2, 3, 4, 5 }, function()
      task.sleep(0)
      return true
    end)
  end, "invalid order function")
end)

test("callbacks in callbacks wait", function()
  local result = task.run(function()
    local list = { "b", "a" }
    table.sort(list, function(x, y)
      local nested = string.gsub(x, ".", function(c)
        task.sleep(0.001)
        return c
      end)
      return nested < y
    end)
    return list
  end)
  expect(result):same { "a", "b" }
end)

test("a generator made in a callback waits and yields", function()
  local sum = 0
  string.gsub("xx", ".", function()
    for i in coroutine.wrap(function()
      for i = 1, 3 do
        task.sleep(0.0005)
        coroutine.yield(i)
      end
    end) do sum = sum + i end
  end)
  expect(sum):equals(12)
end)

test("a callback cannot yield the script's coroutine, as in lua", function()
  local co = coroutine.create(function()
    string.gsub("x", ".", function()
      task.sleep(0.001)
      coroutine.yield()
    end)
  end)
  local ok, err = coroutine.resume(co)
  expect(ok):is_false()
  expect(err):matches "attempt to yield across a C%-call boundary"
end)

test("the message handler of xpcall waits", function()
  local ok, text = xpcall(error, function(e)
    task.sleep(0.001)
    return e .. " handled"
  end, "error")
  expect(ok):is_false()
  expect(text):equals "error handled"
end)

test("the reader function of load waits", function()
  local pieces, i = { "return ", "6 ", "* 7" }, 0
  local chunk = load(function()
    task.sleep(0.001)
    i = i + 1
    return pieces[i]
  end)
  expect(chunk()):equals(42)
end)

test("__tostring called by a C function waits", function()
  local object = setmetatable({}, { __tostring = function()
    task.sleep(0.001)
    return "slow"
  end })
  expect(tostring(object)):equals "slow"
  expect(("%s!"):format(object)):equals "slow!"
end)

test("the garbage collector runs while callbacks wait", function()
  local release, waits = false, 0
  local tasks = {}
  for i = 1, 10 do
    tasks[i] = task.spawn(function()
      local text = "text " .. i
      return (string.gsub("x", ".", function()
        waits = waits + 1
        local kept = { text }
        while not release do task.sleep(0.001) end
        return kept[1]
      end))
    end)
  end
  support.meet(function() return waits == 10 end)
  support.collect()
  release = true
  for i = 1, 10 do expect(tasks[i]:result()):equals("text " .. i) end
end)
