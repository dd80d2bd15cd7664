-- The Loop façade: asyncio's names over the one scheduler of the thread.

local task = require "braid.task"

test("run_until_complete returns the result of a function, a list, a task", function()
  local loop = task.get_event_loop()
  expect(loop:run_until_complete(function() return "function" end)):equals "function"
  expect(loop:run_until_complete { math.max, 1, 2 }):equals(2)
  expect(loop:run_until_complete(task.spawn(function() return "task" end))):equals "task"
end)

test("run_until_complete raises the error", function()
  local value = {}
  local loop = task.new_event_loop()
  expect(expect_error(function() loop:run_until_complete(function() error(value) end) end))
    :equals(value)
  loop:close()
end)

test("get_event_loop gives the same loop each time, new_event_loop another", function()
  local loop = task.get_event_loop()
  expect(task.get_event_loop() == loop):is_true()
  local other = task.new_event_loop()
  expect(other ~= loop):is_true()
  other:close()
end)

test("create_task makes a task", function()
  local loop = task.new_event_loop()
  local t = loop:create_task(function(x) return x end, "argument")
  expect(loop:run_until_complete(t)):equals "argument"
  expect(getmetatable(t) == getmetatable(task.spawn(function() end))):is_true()
  loop:close()
end)

test("a closed loop says so and runs nothing", function()
  local loop = task.new_event_loop()
  expect(loop:is_closed()):is_false()
  loop:close()
  expect(loop:is_closed()):is_true()
  local ran = false
  expect_error(function() loop:run_until_complete(function() ran = true end) end)
  task.yield()
  expect(ran):is_false()
end)

test("is_running is true inside only", function()
  local loop = task.new_event_loop()
  expect(loop:is_running()):is_false()
  expect(loop:run_until_complete(function() return loop:is_running() end)):is_true()
  expect(loop:is_running()):is_false()
  loop:close()
end)

test("call_soon calls in order, after the caller", function()
  local loop, order = task.new_event_loop(), {}
  loop:run_until_complete(function()
    loop:call_soon(function(x) order[#order + 1] = x end, "first")
    loop:call_soon(function(x) order[#order + 1] = x end, "second")
    order[#order + 1] = "caller"
    task.sleep(0.001)
  end)
  expect(order):same { "caller", "first", "second" }
  loop:close()
end)

test("call_later and call_at call in the order of their times", function()
  local loop, order = task.new_event_loop(), {}
  loop:run_until_complete(function()
    loop:call_later(0.02, function(x) order[#order + 1] = x end, "later")
    loop:call_at(loop:time() + 0.01, function(x) order[#order + 1] = x end, "at")
    loop:call_soon(function() order[#order + 1] = "soon" end)
    task.sleep(0.03)
  end)
  expect(order):same { "soon", "at", "later" }
  loop:close()
end)

test("call_later is not early", function()
  local loop = task.new_event_loop()
  local start, called = loop:time(), nil
  loop:run_until_complete(function()
    loop:call_later(0.02, function() called = loop:time() end)
    while not called do task.sleep(0.001) end
  end)
  expect(called - start):at_least(0.02)
  loop:close()
end)

test("what call_later gives can be cancelled", function()
  local loop, called = task.new_event_loop(), false
  loop:run_until_complete(function()
    local handle = loop:call_later(0.005, function() called = true end)
    handle:cancel()
    task.sleep(0.02)
  end)
  expect(called):is_false()
  loop:close()
end)

test("run_forever goes on until stop", function()
  local loop, count = task.new_event_loop(), 0
  loop:create_task(function()
    for _ = 1, 3 do
      count = count + 1
      task.sleep(0.001)
    end
    loop:stop()
  end)
  loop:run_forever()
  expect(count):equals(3)
  expect(loop:is_running()):is_false()
  loop:close()
end)
