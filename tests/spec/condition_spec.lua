-- Condition: waiting without the lock, and having it again however the wait ended.

local sync = require "braid.sync"
local task = require "braid.task"
local time = require "braid.time"
local support = require "support"
local units = require "units"

test("it has the methods of its lock, a new RLock unless one is given", function()
  local own = sync.Condition()
  expect(own:acquire()):is_true()
  expect(own:acquire()):is_true()
  expect(own:locked()):is_true()
  own:release()
  own:release()
  expect(own:locked()):is_false()
  expect_error(function() own:release() end, "invalid_state")
  local lock = sync.Lock()
  local condition = sync.Condition(lock)
  condition:acquire()
  expect(lock:locked()):is_true()
  expect(task.run(condition.try_acquire, condition)):is_false()
  expect(task.run(condition.acquire, condition, 0.005)):is_false()
  lock:release()
  expect(condition:locked()):is_false()
  do
    local _ <close> = condition:guard()
    expect(lock:locked()):is_true()
  end
  expect(condition:with(function(x) return x, lock:locked() end, 1)):equals(1)
  expect(lock:locked()):is_false()
end)

test("wait and notify without the lock raise invalid_state", function()
  local condition = sync.Condition()
  local function all(run)
    expect_error(function() run(condition.wait, condition) end, "invalid_state")
    expect_error(function() run(condition.wait, condition, 0) end, "invalid_state")
    expect_error(function() run(condition.wait_for, condition, print) end, "invalid_state")
    expect_error(function() run(condition.notify, condition) end, "invalid_state")
    expect_error(function() run(condition.notify_all, condition) end, "invalid_state")
  end
  all(function(fn, ...) return fn(...) end)
  condition:acquire()
  all(task.run)
  condition:release()
end)

test("wrong arguments raise and change nothing", function()
  expect_error(function() sync.Condition(5) end, "bad argument #1 .*Lock expected, got number")
  local condition = sync.Condition()
  local _ <close> = condition:guard()
  expect_error(function() condition:wait("x") end, "bad argument #1 to 'wait'")
  expect_error(function() condition:wait(0 / 0) end, "nan")
  expect_error(function() condition:notify(-1) end, "must not be negative")
  expect_error(function() condition:notify("x") end, "bad argument #1 to 'notify'")
  expect_error(function() condition:wait_for(5) end, "bad argument #1 to 'wait_for' %(function")
  expect_error(function() condition:wait_for(print, "x") end, "bad argument #2 to 'wait_for' %(number")
  expect_error(function() condition:wait_for(print, 0 / 0) end, "nan")
  expect_error(function() condition.wait(sync.Lock()) end, "Condition expected")
  expect_error(function() condition.wait_for({}, print) end, "Condition expected")
  expect(condition:locked()):is_true()
  expect(tostring(condition)):matches "^Condition: "
end)

test("wait(0) does not wait, and wait(t) is false when the time is up, with the lock", function()
  local condition = sync.Condition()
  condition:acquire()
  expect(condition:wait(0)):is_false()
  expect(condition:wait(-1)):is_false()
  local start = time.monotonic()
  expect(condition:wait(0.02)):is_false()
  expect(time.monotonic() - start):at_least(0.02)
  expect(condition:locked()):is_true()
  condition:release()
  expect(condition:locked()):is_false()
end)

test("a wait releases an RLock as often as it was taken, and takes it so again", function()
  local condition = sync.Condition()
  for _ = 1, 3 do condition:acquire() end
  local free
  local notifier = task.spawn(function()
    free = condition:acquire(0)
    condition:notify()
    condition:release()
  end)
  expect(condition:wait()):is_true()
  notifier:result()
  expect(free):is_true()
  for _ = 1, 3 do
    expect(condition:locked()):is_true()
    condition:release()
  end
  expect(condition:locked()):is_false()
end)

test("wait_for returns the last value of the predicate", function()
  local condition = sync.Condition()
  local _ <close> = condition:guard()
  expect(condition:wait_for(function() return "at once" end)):equals "at once"
  local calls = 0
  local function never()
    calls = calls + 1
    return calls > 1000 and "often"
  end
  local start = time.monotonic()
  expect(condition:wait_for(never, 0.02)):is_false()
  expect(time.monotonic() - start):at_least(0.02)
  expect(condition:wait_for(never, 0)):is_false()
  expect(condition:wait_for(function() end, -1)):is_nil()
  expect(calls):at_most(10)
  expect(condition:wait_for(function() return 1 end, math.huge)):equals(1)
  local value = {}
  expect(expect_error(function() condition:wait_for(function() error(value) end) end)):equals(value)
  expect(condition:locked()):is_true()
end)

test("notify(n) tells those who wait longest", function()
  local condition, order, list = sync.Condition(), {}, {}
  for i = 1, 5 do
    list[i] = task.spawn(function()
      condition:with(condition.wait, condition)
      order[#order + 1] = i
    end)
  end
  task.yield()
  condition:with(condition.notify, condition, 2)
  task.joinall({ list[1], list[2] })
  for _ = 1, 3 do task.yield() end
  expect(order):same { 1, 2 }
  condition:with(condition.notify_all, condition)
  task.joinall(list)
  expect(order):same { 1, 2, 3, 4, 5 }
end)

test("a notification that nobody waits for is forgotten", function()
  local condition = sync.Condition()
  local _ <close> = condition:guard()
  condition:notify()
  condition:notify_all()
  expect(condition:wait(0.005)):is_false()
end)

units.each(function(kind, spawn)
  local suffix = (" (%s)"):format(kind)

  test("notify tells that many, and no more" .. suffix, function()
    local condition, passed = sync.Condition(), sync.Semaphore(0)
    local list = {}
    for i = 1, 6 do
      list[i] = spawn(function()
        condition:acquire()
        local told = condition:wait()
        passed:release()
        condition:release()
        return told
      end)
    end
    units.meet_waiting(6, "a Condition")
    for _, count in ipairs { 1, 2 } do
      condition:acquire()
      condition:notify(count)
      -- Nobody passes before the lock is released.
      expect(passed:acquire(0.001)):is_false()
      condition:release()
      for _ = 1, count do passed:acquire() end
    end
    units.meet_waiting(3, "a Condition")
    expect(passed:acquire(0)):is_false()
    condition:with(condition.notify_all, condition)
    expect(units.results(list)):same { true, true, true, true, true, true }
    expect(condition:locked()):is_false()
  end)

  test("wait_for waits until the predicate holds" .. suffix, function()
    local condition, state = sync.Condition(), sync.Semaphore(0)
    local waiter = spawn(function()
      return condition:with(condition.wait_for, condition, function()
        return state:acquire(0) and "seen"
      end, 60)
    end)
    units.meet_waiting(1, "a Condition")
    condition:with(condition.notify, condition)
    units.meet_waiting(1, "a Condition")
    condition:with(function()
      state:release()
      condition:notify()
    end)
    expect(waiter:result()):equals "seen"
  end)

  test("a cancelled wait has the lock while it unwinds" .. suffix, function()
    local condition, go, seen = sync.Condition(), sync.Event(), sync.Semaphore(0)
    local waiter = spawn(function()
      condition:acquire()
      local _ <close> = setmetatable({}, { __close = function()
        if pcall(condition.notify, condition) then seen:release() end
        condition:release()
      end })
      condition:wait()
    end)
    units.meet_waiting(1, "a Condition")
    local holder = spawn(function()
      condition:acquire()
      go:wait()
      condition:release()
    end)
    support.meet(function() return condition:locked() end)
    waiter:cancel()
    units.meet_waiting(1, "the Lock of a Condition")
    waiter:cancel()
    expect(waiter:join(0.002)):is_false()
    go:set()
    waiter:join()
    expect(waiter:cancelled()):is_true()
    expect(seen:acquire(0)):is_true()
    holder:join()
    expect(condition:acquire(0)):is_true()
  end)

  test("a wait whose time is up waits for the lock all the same" .. suffix, function()
    local caught
    repeat
      local condition, go = sync.Condition(), sync.Event()
      local waiter = spawn(function()
        condition:acquire()
        local told = condition:wait(0.1)
        local held = pcall(condition.notify, condition)
        condition:release()
        return { told, held, go:is_set() }
      end)
      -- This unit may come too late for either: then once more.
      support.meet(function() return units.waiting "a Condition" == 1 or waiter:join(0) end)
      condition:acquire()
      support.meet(function()
        caught = units.waiting "the Lock of a Condition" == 1
        return caught or waiter:join(0)
      end)
      go:set()
      condition:release()
      if caught then expect(waiter:result()):same { false, true, true } end
    until caught
  end)

  test("of a notification and a cancellation at once nothing is lost" .. suffix, function()
    for _ = 1, 20 do
      local condition = sync.Condition()
      local function wait() return condition:with(condition.wait, condition) end
      local first, second = spawn(wait), spawn(wait)
      units.meet_waiting(2, "a Condition")
      local _ <close> = condition:guard()
      first:cancel()
      condition:notify()
      condition:release()
      first:join()
      -- Either the first one was told before it was cancelled, or the second one was.
      if first:cancelled() then
        expect(second:result()):is_true()
      else
        expect(first:result()):is_true()
        condition:with(condition.notify, condition)
        expect(second:result()):is_true()
      end
      condition:acquire()
    end
  end)

  test("an owner that ends while another waits to have the lock again: told" .. suffix, function()
    local condition, go = sync.Condition(), sync.Event()
    local waiter = spawn(function()
      condition:acquire()
      return { condition:wait() }
    end)
    units.meet_waiting(1, "a Condition")
    local owner = spawn(function()
      condition:acquire()
      condition:notify()
      go:wait()
    end)
    units.meet_waiting(1, "the Lock of a Condition")
    go:set()
    owner:join()
    expect(waiter:result()):same { true, "owner_died" }
  end)

  test("a buffer with one place, two that put and two that take" .. suffix, function()
    local condition, full = sync.Condition(), sync.Semaphore(0)
    local function put()
      for _ = 1, 30 do
        condition:acquire()
        condition:wait_for(function()
          if not full:acquire(0) then return true end
          full:release()
        end)
        full:release()
        condition:notify_all()
        condition:release()
      end
      return true
    end
    local function take()
      for _ = 1, 30 do
        condition:acquire()
        condition:wait_for(function() return full:acquire(0) end)
        condition:notify_all()
        condition:release()
      end
      return true
    end
    expect(units.results { spawn(put), spawn(take), spawn(put), spawn(take) })
      :same { true, true, true, true }
    expect(full:acquire(0)):is_false()
  end)
end)

test("Ctrl-C ends a wait of the main chunk, with the lock", function()
  local out, err, status = support.script([[
    local sync, task, time = require "braid.sync", require "braid.task", require "braid.time"
    local condition = sync.Condition()
    local self = assert(io.open "/proc/self/stat"):read "n"
    time.after(0.05, function() io.popen("kill -INT " .. self):close() end)
    condition:acquire()
    local ok, e = pcall(condition.wait, condition)
    print(ok, e, (pcall(condition.notify, condition)))
  ]])
  expect(out):matches "^false\t.*interrupted!\ttrue\n$"
  expect(err):equals ""
  expect(status):equals(0)
end)

test("a wait that nothing can end raises deadlock, and its guard does not hide that", function()
  local _, err, status = support.script [[
    local sync, task = require "braid.sync", require "braid.task"
    local condition = sync.Condition()
    task.spawn(function() condition:with(condition.wait, condition) end)
    condition:with(condition.wait, condition)
  ]]
  expect(err:lower()):matches "deadlock"
  expect(err):lacks "not held"
  expect(status):equals(1)
end)

test("a waiter that was told and then cancelled raises, and another one is told", function()
  for _, spawn in ipairs { task.spawn, require "braid.thread".spawn } do
    local condition, woken = sync.Condition(), sync.Event()
    local function wait() condition:with(function() condition:wait() woken:set() end) end
    local a = spawn(wait)
    units.meet_waiting(1, "a Condition")
    local b = spawn(wait)
    units.meet_waiting(2, "a Condition")
    condition:acquire()
    condition:notify(1)
    a:cancel()
    condition:release()
    expect(woken:wait(10)):is_true()
    a:join()
    b:join()
    expect(a:cancelled()):is_true()
    expect(b:cancelled()):is_false()
  end
end)
