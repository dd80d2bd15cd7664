-- What catches errors does not catch a cancellation: load with a reader, and the message handlers
-- of xpcall, which are not even shown it.

local task = require "braid.task"

local function sleep_on() task.sleep(60) end
-- Busy; it calls into the C library, or the thread sanitizer would keep the signal back.
local function spin() while true do os.time() end end

-- Cancels a task that runs body once it waits; returns the task.
local function cancel(body, ...)
  local t = task.spawn(body, ...)
  task.sleep(0.005)
  t:cancel "stop"
  t:join()
  return t
end

for name, reader in pairs { waits = sleep_on, spins = spin } do
  test("a deadline passes load whose reader " .. name, function()
    local returned = false
    expect_error(function()
      task.timeout(0.005, function()
        load(reader)
        returned = true
      end)
    end, "timeout")
    expect(returned):is_false()
  end)
end

test("a cancelled task does not return from load", function()
  local returned = false
  local t = cancel(function()
    pcall(load, sleep_on)
    returned = true
  end)
  expect(t:cancelled()):is_true()
  expect(returned):is_false()
end)

test("an error of a reader that waited is a result of load as ever", function()
  local r = table.pack(pcall(load, function() task.sleep(0.001) error("reader", 0) end))
  expect(r):same { true, nil, "reader", n = 3 }
  local parts = { "return ", "1", "2" }
  expect(load(function() task.sleep(0.001) return table.remove(parts, 1) end)()):equals(12)
end)

-- Message handlers that do harm.
local HANDLERS = {
  ["makes a string of the error"] = function(err) return "handled " .. tostring(err) end,
  ["fails"] = function() error "the handler fails" end,
  ["waits"] = function(err) task.sleep(0.001) return err end,
}

for name, handler in pairs(HANDLERS) do
  for wait_name, wait in pairs { ["a wait"] = sleep_on, ["a busy loop"] = spin } do
    test(("timeout in an xpcall whose handler %s, in %s"):format(name, wait_name), function()
      local reached = false
      local err = expect_error(function()
        task.timeout(0.005, function()
          xpcall(wait, handler)
          reached = true
        end)
      end, "timeout")
      expect(err.kind):equals "timeout"
      expect(reached):is_false()
    end)
  end

  test("a task cancelled in an xpcall whose handler " .. name, function()
    local t = cancel(xpcall, sleep_on, handler)
    expect(t:cancelled()):is_true()
    expect(expect_error(function() t:result() end).message):equals "stop"
    t = cancel(function()
      xpcall(function()
        pcall(function()
          coroutine.wrap(function() xpcall(sleep_on, handler) end)()
        end)
      end, handler)
    end)
    expect(t:cancelled()):is_true()
  end)

  test("a group fails in an xpcall whose handler " .. name, function()
    expect_error(function()
      local g <close> = task.group()
      g:spawn(error, "child")
      xpcall(sleep_on, handler)
    end, "^child$")
  end)
end

test("a timeout inside an xpcall reaches its handler, as timeout", function()
  local seen
  local ok, result = xpcall(task.timeout, function(err)
    seen = err.kind
    return "handled"
  end, 0.001, task.sleep, 60)
  expect(ok):is_false()
  expect(result):equals "handled"
  expect(seen):equals "timeout"
end)

test("handlers in a cancelled task still see other errors", function()
  local seen
  local t = cancel(function()
    local _ <close> = setmetatable({}, { __close = function()
      xpcall(error, function(err) seen = err end, "of the cleanup")
    end})
    task.sleep(60)
  end)
  expect(seen):equals "of the cleanup"
  expect(t:cancelled()):is_true()
end)

test("the error of another task that was cancelled is one like any other", function()
  local other = task.spawn(task.sleep, 60)
  other:cancel "gone"
  local ok, text = xpcall(function() other:result() end, tostring)
  expect(ok):is_false()
  expect(text):equals "gone"
end)

test("a cancellation finds its handler below deep recursion", function()
  local function deep(n, fn)
    if n == 0 then return fn() end
    local r = deep(n - 1, fn)
    return r
  end
  expect_error(function()
    task.timeout(0.005, xpcall, deep, tostring, 1000, sleep_on)
  end, "timeout")
  local t = cancel(deep, 50000, sleep_on)
  expect(t:cancelled()):is_true()
end)

test("a wait in a finalizer is refused in a cancelled unit, too", function()
  local message, finalized
  local t = task.spawn(function()
    local _ <close> = setmetatable({}, { __close = function()
      setmetatable({}, { __gc = function()
        finalized = true
        message = select(2, pcall(task.sleep, 1))
      end })
      collectgarbage()
      collectgarbage()
    end })
    task.sleep(60)
  end)
  task.yield()
  t:cancel()
  t:join()
  expect(finalized):is_true()
  expect(message):matches "cannot wait in a __gc metamethod"
  expect(t:cancelled()):is_true()
end)
