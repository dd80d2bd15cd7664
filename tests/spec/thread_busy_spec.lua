-- Threads that run and run: a cancel, a deadline reaches them by a signal.

local thread = require "braid.thread"
local sync = require "braid.sync"

-- Starts fn(ready) and returns the thread once it has set `ready`.
local function begun(fn)
  local ready = sync.Event()
  local t = thread.spawn(fn, ready)
  ready:wait()
  return t
end

test("cancelled while it is busy", function()
  local t = begun(function(ready) ready:set() while true do end end)
  t:cancel()
  expect_error(function() t:result() end, "cancelled")
  t = begun(function(ready)
    ready:set()
    local function deep(n) while n > 0 do pcall(deep, n - 1) end end
    deep(10)
  end)
  t:cancel()
  expect_error(function() t:result() end, "cancelled")
end)

test("many threads cancelled at once, busy and waiting", function()
  local threads, go = {}, sync.Event()
  for i = 1, 50 do
    threads[i] = thread.spawn(function()
      if i % 2 == 0 then while true do end end
      go:wait()
    end)
  end
  for i = 1, 50 do threads[i]:cancel() end
  for i = 1, 50 do
    threads[i]:join()
    expect(threads[i]:cancelled()):is_true()
  end
end)

test("a deadline inside a thread ends a busy loop there", function()
  local err = thread.spawn(function()
    return select(2, pcall(require("braid.task").timeout, 0.01, function() while true do end end))
  end):result()
  expect(err.kind):equals "timeout"
end)

test("a busy loop is reached that was given what it waited for before it was cancelled", function()
  for _ = 1, 20 do
    local go, ready = sync.Event(), sync.Event()
    local t = thread.spawn(function() ready:set() go:wait() while true do end end)
    ready:wait()
    require "braid.task".sleep(0.001)
    go:set()
    t:cancel()
    expect(t:join(10)):is_true()
    expect(t:cancelled()):is_true()
  end
end)
