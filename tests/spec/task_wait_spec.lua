-- wait, wait_for and as_completed: which tasks come back, when, and what happens to the others.

local task = require "braid.task"
local time = require "braid.time"

-- A task that goes on until the returned function is called; it then returns, or raises, the value.
local function held()
  local go, raise, value = false, false, nil
  local t = task.spawn(function()
    while not go do task.yield() end
    if raise then error(value, 0) end
    return value
  end)
  return t, function(v) go, value = true, v end, function(v) go, raise, value = true, true, v end
end

test("wait returns when all have finished, done in the order of the list", function()
  local a = task.spawn(function() task.sleep(0.004) end)
  local b = task.spawn(function() task.sleep(0.001) end)
  local c = task.spawn(function() end)
  local done, pending = task.wait { a, b, c }
  expect(#done):equals(3)
  expect(done[1] == a and done[2] == b and done[3] == c):is_true()
  expect(#pending):equals(0)
end)

test("wait takes no error and raises none", function()
  local t = task.spawn(error, "kept")
  local done = task.wait { t }
  expect(done[1]):equals(t)
  expect(t:exception()):equals "kept"
end)

test("FIRST_COMPLETED returns with the first, in the order of the list", function()
  local a, finish_a = held()
  local b, finish_b = held()
  finish_b()
  local done, pending = task.wait({ a, b }, { return_when = task.FIRST_COMPLETED })
  expect(#done):equals(1)
  expect(done[1]):equals(b)
  expect(#pending):equals(1)
  expect(pending[1]):equals(a)
  expect(a:done()):is_false()
  finish_a()
  a:join()
end)

test("FIRST_COMPLETED with one that is done already does not wait", function()
  local a, finish_a = held()
  local b = task.spawn(function() end)
  b:join()
  local done = task.wait({ a, b }, { return_when = task.FIRST_COMPLETED })
  expect(done[1]):equals(b)
  finish_a()
  a:join()
end)

test("FIRST_EXCEPTION returns at the first error", function()
  local good, finish_good = held()
  local bad, _, fail_bad = held()
  local slow, finish_slow = held()
  finish_good()
  fail_bad "broken"
  local done, pending = task.wait({ slow, good, bad }, { return_when = task.FIRST_EXCEPTION })
  expect(#done):equals(2)
  expect(pending[1]):equals(slow)
  expect(bad:exception()):equals "broken"
  finish_slow()
  slow:join()
end)

test("FIRST_EXCEPTION without an error returns when all have finished", function()
  local a, b = task.spawn(function() end), task.spawn(function() task.sleep(0.002) end)
  local done, pending = task.wait({ a, b }, { return_when = task.FIRST_EXCEPTION })
  expect(#done):equals(2)
  expect(#pending):equals(0)
end)

test("the timeout ends the wait, and what is pending goes on", function()
  local a, finish = held()
  local b = task.spawn(function() end)
  local start = time.monotonic()
  local done, pending = task.wait({ a, b }, { timeout = 0.02 })
  expect(time.monotonic() - start):at_least(0.02)
  expect(done[1]):equals(b)
  expect(pending[1]):equals(a)
  finish "later"
  expect(a:result()):equals "later"
end)

test("wait with timeout 0 does not wait", function()
  local ran = false
  local t = task.spawn(function() ran = true end)
  local done, pending = task.wait({ t }, { timeout = 0 })
  expect(#done):equals(0)
  expect(pending[1]):equals(t)
  expect(ran):is_false()
  t:join()
end)

test("cancelling who waits leaves the tasks alone", function()
  local t, finish = held()
  local waiter = task.spawn(function() task.wait { t } end)
  task.yield()
  waiter:cancel()
  waiter:join()
  expect(t:done()):is_false()
  finish()
  expect(t:join()):is_true()
end)

test("wait_for returns the result when it comes in time", function()
  expect(task.wait_for(function() return "in time" end, 5)):equals "in time"
  expect(task.wait_for(task.spawn(function() return "task" end), 5)):equals "task"
  expect(task.wait_for({ math.max, 1, 2 }, 5)):equals(2)
end)

test("wait_for without a time waits for ever", function()
  expect(task.wait_for(function() task.sleep(0.001) return 1 end)):equals(1)
end)

test("wait_for raises the error of the task", function()
  local value = {}
  expect(expect_error(function() task.wait_for(function() error(value) end, 5) end)):equals(value)
end)

test("wait_for cancels a late task and returns when it has unwound", function()
  local unwound = false
  local t = task.spawn(function()
    local _ <close> = setmetatable({}, { __close = function()
      task.shield(function() task.sleep(0.01) end)
      unwound = true
    end })
    task.sleep(60)
  end)
  local start = time.monotonic()
  expect_error(function() task.wait_for(t, 0.02) end, "timeout")
  expect(time.monotonic() - start):at_least(0.03)
  expect(unwound):is_true()
  expect(t:cancelled()):is_true()
end)

test("wait_for with the time 0 takes what is done and cancels what is not", function()
  local finished = task.spawn(function() return 1 end)
  finished:join()
  expect(task.wait_for(finished, 0)):equals(1)
  local t = task.spawn(task.sleep, 60)
  expect_error(function() task.wait_for(t, 0) end, "timeout")
  expect(t:cancelled()):is_true()
end)

test("as_completed gives the handles in the order they finish", function()
  local a, finish_a = held()
  local b, finish_b = held()
  local c, finish_c = held()
  finish_b "b"
  local order = {}
  for t in task.as_completed { a, b, c } do
    order[#order + 1] = t:result()
    if t == b then finish_c "c" end
    if t == c then finish_a "a" end
  end
  expect(order):same { "b", "c", "a" }
end)

test("as_completed gives a failed task like any other", function()
  local t = task.spawn(error, "kept")
  local count = 0
  for one in task.as_completed { t } do
    count = count + 1
    expect(one:exception()):equals "kept"
  end
  expect(count):equals(1)
end)

test("as_completed raises timeout for the whole list", function()
  local t, finish = held()
  local quick = task.spawn(function() return "quick" end)
  local seen = {}
  expect_error(function()
    for one in task.as_completed({ t, quick }, 0.02) do seen[#seen + 1] = one:result() end
  end, "timeout")
  expect(seen):same { "quick" }
  finish()
  t:join()
end)

test("as_completed of nothing ends at once", function()
  local count = 0
  for _ in task.as_completed {} do count = count + 1 end
  expect(count):equals(0)
end)
