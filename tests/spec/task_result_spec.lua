-- Taking what a task came to: result, exception, join, done.

local task = require "braid.task"

-- A task that goes on until the returned function is called with what it is to return.
local function held()
  local values
  local t = task.spawn(function()
    while not values do task.yield() end
    return table.unpack(values, 1, values.n)
  end)
  return t, function(...) values = table.pack(...) end
end

test("result waits and returns all values", function()
  local t = task.spawn(function()
    task.sleep(0.001)
    return 1, nil, 3, nil
  end)
  expect(table.pack(t:result())):same { 1, nil, 3, nil, n = 4 }
end)

test("result of a finished task may be taken again", function()
  local t = task.spawn(function() return "x", "y" end)
  t:join()
  expect(table.pack(t:result())):same { "x", "y", n = 2 }
  expect(table.pack(t:result(0))):same { "x", "y", n = 2 }
end)

test("a task without a result has none", function()
  expect(select("#", task.spawn(function() end):result())):equals(0)
end)

test("several units may wait for one result", function()
  local t, finish = held()
  local takers = {}
  for i = 1, 3 do takers[i] = task.spawn(function() return t:result() end) end
  task.yield()
  finish "shared"
  for i = 1, 3 do expect(takers[i]:result()):equals "shared" end
end)

test("those who join one task are woken in the order they came", function()
  local t, finish = held()
  local order, joiners = {}, {}
  for i = 1, 4 do
    joiners[i] = task.spawn(function()
      t:join()
      order[#order + 1] = i
    end)
  end
  task.yield()
  finish()
  task.joinall(joiners)
  expect(order):same { 1, 2, 3, 4 }
end)

test("result raises timeout at its time, and the task goes on", function()
  local t, finish = held()
  local err = expect_error(function() t:result(0.01) end, "timeout")
  expect(type(err.message)):equals "string"
  expect(type(err.traceback)):equals "string"
  expect(tostring(err)):matches "%S"
  expect(t:done()):is_false()
  finish(5)
  expect(t:result()):equals(5)
end)

test("result(0) does not wait", function()
  local t, finish = held()
  expect_error(function() t:result(0) end, "timeout")
  finish()
  t:join()
end)

test("result raises the error with its own value", function()
  local value = setmetatable({}, {})
  local t = task.spawn(function() error(value) end)
  expect(expect_error(function() t:result() end)):equals(value)
  expect(expect_error(function() t:result() end)):equals(value)
end)

test("result keeps the text of an error as it was raised", function()
  local t = task.spawn(function() error("no position", 0) end)
  expect(expect_error(function() t:result() end)):equals "no position"
end)

test("an error may be false or nil", function()
  local t = task.spawn(function() error(false) end)
  expect(table.pack(pcall(t.result, t))):same { false, false, n = 2 }
  t = task.spawn(function() error() end)
  expect(table.pack(pcall(t.result, t))):same { false, nil, n = 2 }
end)

test("exception is nil after success and the value after an error", function()
  local t = task.spawn(function() return 1 end)
  expect(t:exception()):is_nil()
  local value = {}
  t = task.spawn(function()
    task.sleep(0.001)
    error(value)
  end)
  expect(t:exception()):equals(value)
end)

test("exception raises timeout, and cancelled for a cancelled task", function()
  local t = held()
  expect_error(function() t:exception(0) end, "timeout")
  t:cancel()
  expect_error(function() t:exception() end, "cancelled")
end)

test("join is true when the task has finished, false at its timeout", function()
  local t, finish = held()
  expect(t:join(0)):is_false()
  expect(t:join(0.005)):is_false()
  finish()
  expect(t:join()):is_true()
  expect(t:join(0)):is_true()
end)

test("join is true after an error, too", function()
  local t = task.spawn(error, "untaken so far")
  expect(t:join()):is_true()
  expect(t:exception()):equals "untaken so far"
end)

test("done and cancelled tell the state", function()
  local t, finish = held()
  expect(t:done()):is_false()
  expect(t:cancelled()):is_false()
  finish()
  t:join()
  expect(t:done()):is_true()
  expect(t:cancelled()):is_false()
end)

test("a task cannot join itself", function()
  local t = task.spawn(function() task.current_task():join() end)
  expect_error(function() t:result() end, "invalid_state")
end)

test("a negative timeout is zero", function()
  local t, finish = held()
  expect(t:join(-1)):is_false()
  expect_error(function() t:result(-5) end, "timeout")
  finish()
  t:join()
end)

test("an endless timeout is for ever", function()
  local t = task.spawn(function() return "done" end)
  expect(t:result(math.huge)):equals "done"
end)

test("joinall is true when all have finished, errors among them", function()
  local a, b = task.spawn(function() end), task.spawn(error, "taken below")
  expect(task.joinall { a, b }):is_true()
  expect(b:exception()):equals "taken below"
end)

test("joinall is false at its timeout and leaves the tasks alone", function()
  local t, finish = held()
  expect(task.joinall({ task.spawn(function() end), t }, 0.01)):is_false()
  expect(t:done()):is_false()
  finish()
  expect(task.joinall({ t }, 5)):is_true()
end)

test("joinall of nothing is true at once", function()
  expect(task.joinall {}):is_true()
end)
