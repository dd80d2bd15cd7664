-- Where Lua cannot yield, as in sort comparators and gsub callbacks, a wait is no different: the
-- unit waits alone, everybody else goes on, nobody waits longer because of it.

local task = require "braid.task"
local time = require "braid.time"
local support = require "support"

local function slow_less(a, b)
  task.sleep(0.0005)
  return a < b
end

local function shuffled(n)
  local list = {}
  for i = 1, n do list[i] = i * 7 % (n + 1) end -- n + 1 is to be a prime above 7
  return list
end

local function ascending(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end

-- Runs body while another task counts its steps, and returns their number.
local function beside_a_counter(body)
  local count, stop = 0, false
  local counter = task.spawn(function()
    while not stop do
      count = count + 1
      task.yield()
    end
  end)
  body()
  stop = true
  counter:join()
  return count
end

test("a sort comparator waits in the main chunk while tasks go on", function()
  local list = shuffled(12)
  local count = beside_a_counter(function() table.sort(list, slow_less) end)
  expect(list):same(ascending(12))
  expect(count):at_least(12)
end)

test("a sort comparator waits in a task while the main chunk goes on", function()
  local list, steps = shuffled(12), 0
  local t = task.spawn(table.sort, list, slow_less)
  while not t:done() do
    steps = steps + 1
    task.sleep(0)
  end
  t:result()
  expect(list):same(ascending(12))
  expect(steps):at_least(12)
end)

test("a gsub callback waits", function()
  local text
  local count = beside_a_counter(function()
    text = string.gsub("a b c", "%a", function(c)
      task.sleep(0.001)
      return c:upper()
    end)
  end)
  expect(text):equals "A B C"
  expect(count):at_least(3)
end)

test("two tasks whose callbacks wait for each other meet", function()
  local sorting, replacing = false, false
  local a = task.spawn(function()
    table.sort({ 2, 1 }, function(x, y)
      sorting = true
      support.meet(function() return replacing end)
      return x < y
    end)
  end)
  local b = task.spawn(function()
    string.gsub("x", ".", function()
      replacing = true
      support.meet(function() return sorting end)
    end)
  end)
  expect(task.joinall({ a, b }, 30)):is_true()
  expect(a:exception()):is_nil()
  expect(b:exception()):is_nil()
end)

test("callbacks of two tasks that join tasks which wait in callbacks, too", function()
  local function chain(depth)
    local result = 0
    string.gsub("x", ".", function()
      result = depth == 0 and 1 or 1 + task.spawn(chain, depth - 1):result()
    end)
    return result
  end
  expect(task.gather({ chain, 20 }, { chain, 20 })):same { 21, 21, n = 2 }
end)

test("a short wait is not prolonged by a long one, whichever began first", function()
  for _, long_first in ipairs { true, false } do
    local release, long_waits = false, false
    local function long()
      table.sort({ 2, 1 }, function(x, y)
        long_waits = true
        while not release do task.sleep(0.001) end
        return x < y
      end)
    end
    local function short()
      return (string.gsub("x", ".", function()
        task.sleep(0.002)
        return "y"
      end))
    end
    local l, s
    if long_first then l = task.spawn(long) end
    s = task.spawn(short)
    if not long_first then l = task.spawn(long) end
    support.meet(function() return long_waits end)
    expect(s:result(20)):equals "y"
    expect(l:done()):is_false()
    release = true
    l:result()
  end
end)

test("the main chunk's short wait in a comparator is not prolonged by a task's", function()
  local release, waits = false, false
  local t = task.spawn(string.gsub, "x", ".", function()
    waits = true
    while not release do task.sleep(0.001) end
  end)
  support.meet(function() return waits end)
  local list = { 2, 1 }
  table.sort(list, slow_less)
  expect(list):same { 1, 2 }
  expect(t:done()):is_false()
  release = true
  t:result()
end)

test("fifty comparators sleep at once and wake each on time", function()
  local waiting, most, woken = 0, 0, 0
  local tasks = {}
  for i = 1, 50 do
    tasks[i] = task.spawn(table.sort, { 2, 1 }, function(a, b)
      waiting = waiting + 1
      most = math.max(most, waiting)
      local start = time.monotonic()
      task.sleep(0.02)
      expect(time.monotonic() - start):at_least(0.02)
      waiting = waiting - 1
      woken = woken + 1
      return a < b
    end)
  end
  for i = 1, 50 do tasks[i]:result() end
  expect(most):equals(50)
  expect(woken):at_least(50)
end)
