-- nil is an error value like any other: nowhere is it taken for "no error".

local task = require "braid.task"

local function raises_nil() error(nil) end

-- What pcall returns, with its length: nils count.
local function outcome(fn, ...)
  return table.pack(pcall(fn, ...))
end

test("a group raises the nil of its child", function()
  local after_wait = false
  local r = outcome(function()
    local g <close> = task.group()
    g:spawn(raises_nil)
    task.sleep(60)
    after_wait = true
  end)
  expect(r):same { false, nil, n = 2 }
  expect(after_wait):is_false()
end)

test("a group counts nil among several errors", function()
  local err = expect_error(function()
    local g <close> = task.group()
    g:spawn(function()
      local _ <close> = setmetatable({}, { __close = function() error("cleanup", 0) end })
      task.sleep(60)
    end)
    g:spawn(raises_nil)
  end, "group")
  expect(err.errors.n):equals(2)
  expect(err.errors[1] == nil or err.errors[2] == nil):is_true()
  expect(err.errors[1] or err.errors[2]):equals "cleanup"
  expect(tostring(err)):matches "^2 errors in a group"
  expect(tostring(err)):matches "nil"
end)

test("gather gives nil errors back as values, or raises them", function()
  local r = task.gather(raises_nil, { return_exceptions = true })
  expect(r):same { n = 1 }
  expect(outcome(task.gather, raises_nil)):same { false, nil, n = 2 }
end)

test("result, run, wait_for, shield and the loop raise nil", function()
  local t = task.spawn(raises_nil)
  expect(outcome(t.result, t)):same { false, nil, n = 2 }
  expect(t:done()):is_true()
  expect(t:cancelled()):is_false()
  expect(outcome(task.run, raises_nil)):same { false, nil, n = 2 }
  expect(outcome(task.wait_for, raises_nil, 60)):same { false, nil, n = 2 }
  expect(outcome(task.shield, raises_nil)):same { false, nil, n = 2 }
  local loop = task.get_event_loop()
  expect(outcome(loop.run_until_complete, loop, raises_nil)):same { false, nil, n = 2 }
end)

test("wait returns at the first nil error", function()
  local sleeper = task.spawn(task.sleep, 60)
  local done, pending = task.wait({ raises_nil, sleeper }, { return_when = task.FIRST_EXCEPTION })
  expect(#done):equals(1)
  expect(pending[1]):equals(sleeper)
  expect(outcome(done[1].result, done[1])):same { false, nil, n = 2 }
  sleeper:cancel()
end)

test("nil passes through pcall, coroutines and timeouts in a task", function()
  expect(task.run(outcome, raises_nil)):same { false, nil, n = 2 }
  expect(outcome(task.timeout, 60, raises_nil)):same { false, nil, n = 2 }
  expect(task.run(outcome, coroutine.wrap(raises_nil))):same { false, nil, n = 2 }
end)

test("a nil error that nobody takes is reported", function()
  local _, err = require "support".script "require('braid.task').spawn(function() error(nil) end)"
  expect(err):matches "uncaught error in task 'Task%-1': nil\n"
end)
