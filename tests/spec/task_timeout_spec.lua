-- timeout(t, fn, …): a deadline for a stretch of the calling unit.

local task = require "braid.task"
local time = require "braid.time"

test("fn runs in the calling task and its results come back", function()
  local same = task.run(function()
    local me = task.current_task()
    return task.timeout(5, function() return task.current_task() == me end)
  end)
  expect(same):is_true()
  expect(table.pack(task.timeout(5, function(...) return ..., nil end, "a", "b")))
    :same { "a", nil, n = 2 }
end)

test("it works in the main chunk", function()
  expect(task.timeout(5, task.current_task)):is_nil()
  expect_error(function() task.timeout(0.01, task.sleep, 60) end, "timeout")
end)

test("it is not early", function()
  local start = time.monotonic()
  expect_error(function() task.timeout(0.03, task.sleep, 60) end, "timeout")
  expect(time.monotonic() - start):at_least(0.03)
end)

test("the task goes on after it: it has not been cancelled", function()
  local t = task.spawn(function()
    local ok, err = pcall(task.timeout, 0.005, task.sleep, 60)
    task.sleep(0.001)
    return ok, err.kind
  end)
  expect(table.pack(t:result())):same { false, "timeout", n = 2 }
  expect(t:cancelled()):is_false()
end)

test("an error of fn is raised as it is", function()
  local value = {}
  expect(expect_error(function() task.timeout(5, error, value) end)):equals(value)
end)

test("<close> variables of fn run", function()
  local closed = false
  expect_error(function()
    task.timeout(0.005, function()
      local _ <close> = setmetatable({}, { __close = function() closed = true end })
      task.sleep(60)
    end)
  end, "timeout")
  expect(closed):is_true()
end)

test("a pcall inside fn does not keep it from its deadline", function()
  local reached = false
  expect_error(function()
    task.timeout(0.005, function()
      pcall(task.sleep, 60)
      reached = true
    end)
  end, "timeout")
  expect(reached):is_false()
end)

test("an inner timeout ends the inner stretch alone", function()
  local result = task.timeout(30, function()
    local ok, err = pcall(task.timeout, 0.005, task.sleep, 60)
    return not ok and err.kind
  end)
  expect(result):equals "timeout"
end)

test("an outer timeout passes through an inner one", function()
  local after_inner = false
  expect_error(function()
    task.timeout(0.01, function()
      pcall(task.timeout, 30, task.sleep, 60)
      after_inner = true
    end)
  end, "timeout")
  expect(after_inner):is_false()
end)

test("a timeout with no time left raises at the first wait", function()
  local after = false
  expect_error(function()
    task.timeout(0, function()
      task.sleep(0.001)
      after = true
    end)
  end, "timeout")
  expect(after):is_false()
end)

test("nil is no deadline", function()
  expect(task.timeout(nil, function() task.sleep(0.001) return "done" end)):equals "done"
end)

test("once fn has returned the deadline is gone", function()
  task.timeout(0.005, function() end)
  expect(task.sleep(0.02, "slept")):equals "slept"
end)

test("cancelling the task inside timeout is a cancel, not a timeout", function()
  local t = task.spawn(function() task.timeout(30, task.sleep, 60) end)
  task.yield()
  t:cancel()
  expect_error(function() t:result() end, "cancelled")
  expect(t:cancelled()):is_true()
end)

test("a wait through a sort comparator and a coroutine is reached", function()
  expect_error(function()
    task.timeout(0.005, function()
      table.sort({ 2, 1 }, function()
        coroutine.wrap(function() task.sleep(60) end)()
      end)
    end)
  end, "timeout")
  expect(task.run(function() return "fine" end)):equals "fine"
end)

test("two deadlines in two tasks end each its own", function()
  local function within(t)
    local ok, err = pcall(task.timeout, t, task.sleep, 60)
    return not ok and err.kind
  end
  expect(task.gather({ within, 0.01 }, { within, 0.002 })):same { "timeout", "timeout", n = 2 }
end)
