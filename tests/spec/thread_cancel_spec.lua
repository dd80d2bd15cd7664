-- Cancelling threads: before they are started, while they wait, while they are busy, on the way out.

local thread = require "braid.thread"
local task = require "braid.task"
local sync = require "braid.sync"

-- Starts fn(ready, ...) and returns the thread once it has set `ready`.
local function begun(fn, ...)
  local ready = sync.Event()
  local t = thread.spawn(fn, ready, ...)
  ready:wait()
  return t
end

test("cancelled before it is started it never runs", function()
  local ran = sync.Event()
  local t = thread.Thread { target = function() ran:set() end }
  expect(t:cancel()):is_true()
  t:start()
  expect_error(function() t:result() end, "cancelled")
  expect(t:cancelled()):is_true()
  expect(ran:is_set()):is_false()
end)

test("cancelled while it waits: the wait raises, <close> runs", function()
  local closed = sync.Event()
  for _, wait in ipairs {
    function() require("braid.task").sleep(60) end,
    function() require("braid.sync").Event():wait() end,
    function() require("braid.sync").Event():wait(60) end,
    function() require("braid.thread").main_thread():join() end,
  } do
    closed:clear()
    local t = begun(function(ready)
      local _ <close> = setmetatable({}, { __close = function(_, e)
        if e.kind == "cancelled" then closed:set() end
      end })
      ready:set()
      wait()
    end)
    expect(t:cancel()):is_true()
    expect_error(function() t:result() end, "cancelled")
    expect(closed:is_set()):is_true()
    expect(t:is_alive()):is_false()
  end
end)

test("pcall does not return in a cancelled thread", function()
  local passed = sync.Event()
  local t = begun(function(ready)
    ready:set()
    while true do
      pcall(require("braid.task").sleep, 60)
      passed:set()
    end
  end)
  t:cancel()
  expect(t:join(30)):is_true()
  expect(passed:is_set()):is_false()
end)

test("a cancel while it is in a <close> is delivered once the wait there raises", function()
  local second = sync.Event()
  local t = begun(function(ready)
    local _ <close> = setmetatable({}, { __close = function()
      second:set()
      require("braid.task").sleep(60)
    end })
    ready:set()
    require("braid.task").sleep(60)
  end)
  t:cancel()
  second:wait()
  t:cancel()
  expect_error(function() t:result() end, "cancelled")
end)

test("cleanup that must wait does so in shield", function()
  local cleaned = sync.Event()
  local t = begun(function(ready)
    local _ <close> = setmetatable({}, { __close = function()
      require("braid.task").shield(function()
        require("braid.task").sleep(0.01)
        cleaned:set()
      end)
    end })
    ready:set()
    require("braid.task").sleep(60)
  end)
  t:cancel()
  expect_error(function() t:result() end, "cancelled")
  expect(cleaned:is_set()):is_true()
end)

test("a cancelled thread that returns without waiting again has finished", function()
  local go = sync.Event()
  local t = begun(function(ready, other)
    ready:set()
    while not other:is_set() do end
    return "finished"
  end, go)
  -- The cancellation comes while it is busy: then it is raised there. So it is asked afterwards.
  go:set()
  expect(t:result()):equals "finished"
  expect(t:cancel()):is_false()
  expect(t:cancelled()):is_false()
  expect(t:result()):equals "finished"
end)

test("cancel of a thread cancels its tasks, too", function()
  local unwound = {}
  for i = 1, 3 do unwound[i] = sync.Event() end
  local t = begun(function(ready)
    local inner = require "braid.task"
    for i = 1, 3 do
      inner.spawn(function()
        local _ <close> = setmetatable({}, { __close = function() unwound[i]:set() end })
        inner.sleep(60)
      end)
    end
    inner.sleep(0)
    ready:set()
  end)
  t:cancel()
  expect(t:join(30)):is_true()
  for i = 1, 3 do expect(unwound[i]:is_set()):is_true() end
end)

test("timers of a cancelled thread do not keep it", function()
  local t = begun(function(ready)
    require("braid.time").every(0.001, function() ready:set() end)
  end)
  t:cancel()
  expect(t:join(30)):is_true()
end)

test("cancelling who joins leaves the joined one alone", function()
  local go = sync.Event()
  local worker = thread.spawn(function() go:wait() return 5 end)
  local joiner = begun(function(ready) ready:set() return worker:result() end)
  joiner:cancel()
  expect_error(function() joiner:result() end, "cancelled")
  expect(worker:is_alive()):is_true()
  local waiting = task.spawn(function() return worker:result() end)
  task.sleep(0)
  waiting:cancel()
  expect_error(function() waiting:result() end, "cancelled")
  go:set()
  expect(worker:result()):equals(5)
end)

test("a cancelled wait for a lock takes no lock", function()
  local lock = sync.Lock()
  lock:acquire()
  local t = begun(function(ready) ready:set() lock:acquire() end)
  t:cancel()
  expect_error(function() t:result() end, "cancelled")
  lock:release()
  expect(lock:locked()):is_false()
end)

test("locks of a thread that ends, errs or is cancelled pass on", function()
  local lock, go = sync.Lock(), sync.Event()
  for how, ends in pairs {
    returns = function() end,
    errs = function() error { kind = "mine" } end,
    cancelled = function() require("braid.task").sleep(60) end,
  } do
    local t = begun(function(ready)
      lock:acquire()
      ready:set()
      go:wait()
      ends()
    end)
    local waiter = task.spawn(function()
      local got, why = lock:acquire()
      lock:release()
      return { got, why }
    end)
    local taker = how == "errs" and task.spawn(function() return t:exception() end)
    task.sleep(0)
    if how == "cancelled" then t:cancel() else go:set() end
    t:join()
    go:clear()
    if taker then taker:join() end
    expect(waiter:result()):same { true, "owner_died" }
    expect({ lock:acquire() }):same { true }
    lock:release()
  end
end)

test("two locks of a thread that errs both pass on", function()
  local first, second = sync.Lock(), sync.Lock()
  local go = sync.Event()
  local t = thread.spawn(function()
    first:acquire()
    second:acquire()
    go:wait()
    error "broke"
  end)
  local taker = task.spawn(function() return t:exception() end)
  task.sleep(0)
  go:set()
  expect(taker:result()):matches "broke"
  expect({ second:acquire() }):same { true, "owner_died" }
  expect({ first:acquire() }):same { true, "owner_died" }
  first:release()
  second:release()
end)

test("many threads cancelled at once", function()
  local threads, go = {}, sync.Event()
  for i = 1, 50 do
    threads[i] = thread.spawn(function()
      go:wait()
    end)
  end
  for i = 1, 50 do threads[i]:cancel() end
  for i = 1, 50 do
    threads[i]:join()
    expect(threads[i]:cancelled()):is_true()
  end
end)
