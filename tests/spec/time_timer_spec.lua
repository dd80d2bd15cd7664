-- braid.time: clocks, sleeping, and timers in the order of deadline, then of creation.

local task = require "braid.task"
local time = require "braid.time"
local support = require "support"

test("the clocks go forward", function()
  local monotonic, perf = time.monotonic(), time.perf_counter()
  task.sleep(0.002)
  expect(time.monotonic() - monotonic):at_least(0.002)
  expect(time.perf_counter() - perf):at_least(0.002)
end)

test("time is the time of day with a fraction", function()
  local now = os.time()
  expect(math.type(time.time())):equals "float"
  expect(time.time()):at_least(now)
  expect(time.time()):at_most(now + 60)
end)

test("time.sleep suspends the task alone", function()
  local other = false
  local a = task.spawn(function()
    while not other do time.sleep(0.001) end
    return true
  end)
  local b = task.spawn(function() other = true end)
  task.joinall { a, b }
  expect(a:result()):is_true()
end)

test("a sleep is never early", function()
  for i = 1, 20 do
    local seconds = i / 4000
    local start = time.monotonic()
    time.sleep(seconds)
    expect(time.monotonic() - start):at_least(seconds)
  end
end)

test("after calls once, not early", function()
  local start, count, at = time.monotonic(), 0, nil
  time.after(0.01, function()
    count = count + 1
    at = time.monotonic()
  end)
  support.meet(function() return at end)
  task.sleep(0.02)
  expect(at - start):at_least(0.01)
  expect(count):equals(1)
end)

test("a timer that was cancelled does not call", function()
  local called = false
  local timer = time.after(0.005, function() called = true end)
  timer:cancel()
  task.sleep(0.02)
  expect(called):is_false()
  timer:cancel()
end)

test("every calls again and again until it is cancelled", function()
  local count, timer = 0, nil
  timer = time.every(0.002, function()
    count = count + 1
    if count == 3 then timer:cancel() end
  end)
  support.meet(function() return count == 3 end)
  task.sleep(0.02)
  expect(count):equals(3)
end)

test("timers call in the order of their deadlines", function()
  local order = {}
  for _, ms in ipairs { 30, 10, 20, 5, 25 } do
    time.after(ms / 1000, function() order[#order + 1] = ms end)
  end
  support.meet(function() return #order == 5 end)
  expect(order):same { 5, 10, 20, 25, 30 }
end)

test("sleeps of one length wake in the order they began", function()
  local order, tasks = {}, {}
  for i = 1, 50 do
    tasks[i] = task.spawn(function()
      task.sleep(0.005)
      order[#order + 1] = i
    end)
  end
  task.joinall(tasks)
  for i = 1, 50 do expect(order[i]):equals(i) end
end)

test("a short timer that is set later comes first", function()
  local order = {}
  time.after(0.05, function() order[#order + 1] = "long" end)
  task.sleep(0.001)
  time.after(0.001, function() order[#order + 1] = "short" end)
  support.meet(function() return #order == 2 end)
  expect(order):same { "short", "long" }
end)

test("the callback may wait, and holds up no other timer", function()
  local go, waiting, other = false, false, false
  time.after(0.001, function()
    waiting = true
    while not go do task.yield() end
    waiting = false
  end)
  time.after(0.002, function() other = true end)
  support.meet(function() return waiting and other end)
  expect(waiting):is_true()
  go = true
  support.meet(function() return not waiting end)
end)

test("a hundred thousand timers, every other one cancelled", function()
  local count, timers = 0, {}
  for i = 1, 100000 do
    timers[i] = time.after(0.05 + (i * 7919 % 100000) / 1e7, function() count = count + 1 end)
  end
  for i = 1, 100000, 2 do timers[i]:cancel() end
  local limit = time.monotonic() + 30
  while count < 50000 and time.monotonic() < limit do task.sleep(0.01) end
  task.sleep(0.02)
  expect(count):equals(50000)
end)

test("an error of a timer's callback is reported once and changes no status", function()
  local out, err, status = support.script [[
    local time = require "braid.time"
    time.after(0.001, function() error "broken timer" end)
    time.sleep(0.02)
    print "goes on"
  ]]
  expect(out):equals "goes on\n"
  expect(select(2, err:gsub("broken timer", ""))):equals(1)
  expect(status):equals(0)
end)
