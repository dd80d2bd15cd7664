-- shield: what goes on although its caller is cancelled, and how cleanup waits.

local task = require "braid.task"
local support = require "support"

test("shield returns the results of the function", function()
  expect(table.pack(task.shield(function(a, b) return b, a end, 1, 2))):same { 2, 1, n = 2 }
end)

test("shield of a task returns its result", function()
  expect(task.shield(task.spawn(function() return "x" end))):equals "x"
end)

test("shield raises the error of the function", function()
  local value = {}
  expect(expect_error(function() task.shield(error, value) end)):equals(value)
end)

test("cancelling the caller raises in it at once, and the function goes on", function()
  local go, started, finished = false, false, false
  local t = task.spawn(function()
    task.shield(function()
      started = true
      while not go do task.yield() end
      finished = true
    end)
  end)
  while not started do task.yield() end
  t:cancel()
  t:join()
  expect(t:cancelled()):is_true()
  expect(finished):is_false()
  go = true
  support.meet(function() return finished end)
  expect(finished):is_true()
end)

test("cancelling the caller leaves a shielded task alone", function()
  local go = false
  local inner = task.spawn(function()
    while not go do task.yield() end
    return "whole"
  end)
  local t = task.spawn(function() task.shield(inner) end)
  task.yield()
  t:cancel()
  t:join()
  expect(inner:done()):is_false()
  go = true
  expect(inner:result()):equals "whole"
end)

test("in a cancelled task shield waits to the end and returns", function()
  local cleaned
  local t = task.spawn(function()
    local _ <close> = setmetatable({}, { __close = function()
      cleaned = task.shield(function()
        task.sleep(0.01)
        return "clean"
      end)
    end })
    task.sleep(60)
  end)
  task.yield()
  t:cancel()
  t:join()
  expect(cleaned):equals "clean"
  expect(t:cancelled()):is_true()
end)

test("a second cancel does not reach into the cleanup", function()
  local cleaning, cleaned = false, false
  local t = task.spawn(function()
    local _ <close> = setmetatable({}, { __close = function()
      task.shield(function()
        cleaning = true
        task.sleep(0.02)
        cleaned = true
      end)
    end })
    task.sleep(60)
  end)
  task.yield()
  t:cancel()
  while not cleaning do task.yield() end
  t:cancel()
  t:join()
  expect(cleaned):is_true()
  expect(t:cancelled()):is_true()
end)

test("after the cleanup the task is still cancelled", function()
  local reached = false
  local t = task.spawn(function()
    local _ <close> = setmetatable({}, { __close = function()
      task.shield(function() task.sleep(0.001) end)
      task.sleep(0)
      reached = true
    end })
    task.sleep(60)
  end)
  task.yield()
  t:cancel()
  t:join()
  expect(reached):is_false()
end)

test("a task whose shielded task is cancelled gets cancelled as an error", function()
  local inner = task.spawn(task.sleep, 60)
  local t = task.spawn(function()
    local ok, err = pcall(task.shield, inner)
    return ok, err.kind
  end)
  task.yield()
  inner:cancel()
  expect(table.pack(t:result())):same { false, "cancelled", n = 2 }
end)
