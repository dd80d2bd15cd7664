-- Tasks run in every thread, and units of several threads wait for the same things.

local thread = require "braid.thread"
local task = require "braid.task"
local sync = require "braid.sync"

test("a thread has a scheduler of its own", function()
  expect({ thread.spawn(function()
    local inner = require "braid.task"
    local log = {}
    local a = inner.spawn(function()
      for i = 1, 3 do log[#log + 1] = "a" .. i inner.sleep(0) end
    end)
    local b = inner.spawn(function()
      for i = 1, 3 do log[#log + 1] = "b" .. i inner.sleep(0) end
    end)
    inner.joinall { a, b }
    local sum = inner.gather(function() inner.sleep(0.001) return 1 end, function() return 2 end)
    local ok, err = pcall(inner.timeout, 0.001, inner.sleep, 60)
    return table.concat(log, " "), sum[1] + sum[2], ok, err.kind, inner.current_task() == nil
  end):result() }):same { "a1 b1 a2 b2 a3 b3", 3, false, "timeout", true }
end)

test("a thread ends when its tasks have ended", function()
  local go, done = sync.Event(), sync.Event()
  local t = thread.spawn(function()
    require("braid.task").spawn(function() go:wait() done:set() end)
    return "returned"
  end)
  expect(t:join(0.01)):is_false()
  expect(t:is_alive()):is_true()
  go:set()
  expect(t:result()):equals "returned"
  expect(done:is_set()):is_true()
end)

test("a timer of a thread fires before it ends", function()
  local fired = sync.Event()
  thread.spawn(function() require("braid.time").after(0.01, function() fired:set() end) end):join()
  expect(fired:is_set()):is_true()
end)

test("waiting for a thread suspends the task alone", function()
  local go = sync.Event()
  local t = thread.spawn(function() go:wait() return 3 end)
  local turns = 0
  local waiter = task.spawn(function() return t:result() end)
  task.spawn(function() for _ = 1, 5 do turns = turns + 1 task.sleep(0) end go:set() end)
  expect(waiter:result()):equals(3)
  expect(turns):equals(5)
end)

test("a wait in a comparator of a thread", function()
  local list = thread.spawn(function()
    local items = { 3, 1, 2 }
    table.sort(items, function(a, b) require("braid.task").sleep(0.0005) return a < b end)
    return items
  end):result()
  expect(list):same { 1, 2, 3 }
end)

test("tasks of several threads wait on one event", function()
  local go, threads = sync.Event(), {}
  for i = 1, 4 do
    threads[i] = thread.spawn(function()
      local inner = require "braid.task"
      local list = {}
      for k = 1, 5 do list[k] = function() return go:wait(30) end end
      return inner.gather(table.unpack(list))
    end)
  end
  go:set()
  for i = 1, 4 do
    expect(threads[i]:result()):same { true, true, true, true, true, n = 5 }
  end
end)

test("a lock passes between tasks of several threads, each once", function()
  local lock, threads = sync.Lock(), {}
  for i = 1, 4 do
    threads[i] = thread.spawn(function()
      local inner = require "braid.task"
      local count = 0
      local function work()
        for _ = 1, 25 do
          lock:acquire()
          inner.sleep(0)
          lock:release()
          count = count + 1
        end
      end
      inner.gather(work, work)
      return count
    end)
  end
  for i = 1, 4 do expect(threads[i]:result()):equals(50) end
  expect(lock:locked()):is_false()
end)

test("Task and thread join in a thread that the main one waits for", function()
  local outer = thread.spawn(function()
    local inner = require "braid.task"
    local helper = require("braid.thread").spawn(function() return 1 end)
    return inner.spawn(function() return helper:result() + 1 end):result()
  end)
  expect(outer:result()):equals(2)
end)

test("a Task belongs to its thread: it cannot be sent", function()
  local t = task.spawn(function() end)
  expect_error(function() thread.spawn(print, t) end, "cannot send a Task %(argument 1%)")
end)

test("an untaken error of a thread's task does not end the thread", function()
  local t = thread.spawn(function()
    local failing = require("braid.task").spawn(function() error "x" end)
    failing:exception()
    return "went on"
  end)
  expect(t:result()):equals "went on"
end)
