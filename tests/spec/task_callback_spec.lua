-- Done callbacks: called once, with the task, as tasks of their own.

local task = require "braid.task"
local support = require "support"

test("the callback gets the task when it has finished", function()
  local seen
  local t = task.spawn(function() return "value" end)
  t:add_done_callback(function(future) seen = future end)
  t:join()
  support.meet(function() return seen end)
  expect(seen == t):is_true()
  expect(seen:result()):equals "value"
end)

test("callbacks are called in the order they were added", function()
  local order = {}
  local t = task.spawn(function() end)
  for i = 1, 3 do t:add_done_callback(function() order[#order + 1] = i end) end
  support.meet(function() return #order == 3 end)
  expect(order):same { 1, 2, 3 }
end)

test("a callback added to a finished task is called soon, not at once", function()
  local t = task.spawn(function() end)
  t:join()
  local called = false
  t:add_done_callback(function() called = true end)
  expect(called):is_false()
  support.meet(function() return called end)
  expect(called):is_true()
end)

test("a callback that was removed is not called", function()
  local removed, kept = false, false
  local function callback() removed = true end
  local t = task.spawn(function() end)
  t:add_done_callback(callback)
  t:add_done_callback(function() kept = true end)
  t:remove_done_callback(callback)
  support.meet(function() return kept end)
  task.sleep(0.001)
  expect(removed):is_false()
end)

test("callbacks are called for failed and for cancelled tasks, too", function()
  local seen = {}
  local failed = task.spawn(error, "failed")
  failed:add_done_callback(function(t) seen.failed = t:exception() end)
  local cancelled = task.spawn(task.sleep, 60)
  cancelled:add_done_callback(function(t) seen.cancelled = t:cancelled() end)
  task.yield()
  cancelled:cancel()
  support.meet(function() return seen.failed and seen.cancelled end)
  expect(seen):same { failed = "failed", cancelled = true }
end)

test("a callback of a task that never started is called when it is cancelled", function()
  local seen
  local t = task.spawn(function() end)
  t:add_done_callback(function(future) seen = future:cancelled() end)
  t:cancel()
  support.meet(function() return seen ~= nil end)
  expect(seen):is_true()
end)

test("a callback may wait, and holds up nobody", function()
  local go, finished, other = false, false, false
  local t = task.spawn(function() end)
  t:add_done_callback(function()
    while not go do task.yield() end
    finished = true
  end)
  t:add_done_callback(function() other = true end)
  support.meet(function() return other end)
  expect(finished):is_false()
  go = true
  support.meet(function() return finished end)
  expect(finished):is_true()
end)

test("an error of a callback is reported once, at once, and the program goes on", function()
  local out, err, status = support.script [[
    local task = require "braid.task"
    local t = task.spawn(function() end)
    local other = false
    t:add_done_callback(function() error "broken callback" end)
    t:add_done_callback(function() other = true end)
    t:join()
    task.sleep(0.01)
    io.stderr:write "MARK\n"
    print(other)
  ]]
  expect(out):equals "true\n"
  expect(select(2, err:gsub("broken callback", ""))):equals(1)
  expect(err:find "broken callback" < err:find "MARK"):is_true()
  expect(status):equals(0)
end)
