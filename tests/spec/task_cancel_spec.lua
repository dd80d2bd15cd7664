-- Cancellation: level-triggered, passes protected calls, runs <close>, leaves others alone.
-- task_cancel_reach_spec.lua has the places that are hard to reach.

local task = require "braid.task"

local function closing(fn)
  return setmetatable({}, { __close = fn })
end

-- Runs body in a task that is cancelled once it waits. body is to wait through the function that it
-- gets. Returns the finished task.
local function cancel_while(body)
  local waiting = false
  local t = task.spawn(body, function()
    waiting = true
    task.sleep(60)
  end)
  while not waiting do task.yield() end
  task.yield()
  t:cancel()
  t:join()
  return t
end

test("the wait in progress raises cancelled, which __close sees", function()
  local seen
  local t = cancel_while(function(wait)
    local _ <close> = closing(function(_, err) seen = err end)
    wait()
  end)
  expect(seen.kind):equals "cancelled"
  expect(t:cancelled()):is_true()
  expect(t:done()):is_true()
  expect_error(function() t:result() end, "cancelled")
end)

test("pcall does not return", function()
  local reached = false
  local t = cancel_while(function(wait)
    pcall(wait)
    reached = true
  end)
  expect(reached):is_false()
  expect(t:cancelled()):is_true()
end)

test("xpcall does not return", function()
  local reached = false
  local t = cancel_while(function(wait)
    xpcall(wait, function(err) return err end)
    reached = true
  end)
  expect(reached):is_false()
  expect(t:cancelled()):is_true()
end)

test("coroutine.resume does not return", function()
  local reached = false
  local t = cancel_while(function(wait)
    coroutine.resume(coroutine.create(wait))
    reached = true
  end)
  expect(reached):is_false()
  expect(t:cancelled()):is_true()
end)

test("coroutine.wrap does not return, protected or not", function()
  local reached = false
  local t = cancel_while(function(wait)
    pcall(coroutine.wrap(function() pcall(wait) end))
    reached = true
  end)
  expect(reached):is_false()
  expect(t:cancelled()):is_true()
end)

test("<close> variables run from the inside out, those of the script's coroutines too", function()
  local order = {}
  local function note(name)
    return closing(function() order[#order + 1] = name end)
  end
  cancel_while(function(wait)
    local _ <close> = note "task"
    pcall(function()
      local _ <close> = note "pcall"
      coroutine.wrap(function()
        local _ <close> = note "outer coroutine"
        coroutine.resume(coroutine.create(function()
          local _ <close> = note "inner coroutine"
          wait()
        end))
      end)()
    end)
  end)
  expect(order):same { "inner coroutine", "outer coroutine", "pcall", "task" }
end)

test("every later wait raises as well", function()
  local entered, reached = 0, 0
  local t = cancel_while(function(wait)
    local _ <close> = closing(function()
      entered = entered + 1
      pcall(task.sleep, 0.001)
      reached = reached + 1
    end)
    local _ <close> = closing(function()
      entered = entered + 1
      task.yield()
      reached = reached + 1
    end)
    wait()
  end)
  expect(entered):equals(2)
  expect(reached):equals(0)
  expect(t:cancelled()):is_true()
end)

test("a wait that could complete at once raises as well, unless its timeout is 0", function()
  local finished = task.spawn(function() return 1 end)
  finished:join()
  local without_waiting, reached
  local t = cancel_while(function(wait)
    local _ <close> = closing(function()
      without_waiting = finished:join(0)
      finished:join()
      reached = true
    end)
    wait()
  end)
  expect(without_waiting):is_true()
  expect(reached):is_nil()
  expect(t:cancelled()):is_true()
end)

test("a task that has not started never runs", function()
  local ran = false
  local t = task.spawn(function() ran = true end)
  expect(t:cancel()):is_true()
  t:join()
  task.yield()
  expect(ran):is_false()
  expect(t:cancelled()):is_true()
end)

test("the message of cancel is in the error", function()
  local t = task.spawn(task.sleep, 60)
  task.yield()
  t:cancel "no longer wanted"
  local err = expect_error(function() t:result() end, "cancelled")
  expect(err.message):matches "no longer wanted"
  expect(tostring(err)):matches "no longer wanted"
end)

test("a task can cancel itself: its next wait raises", function()
  local before, after = false, false
  local t = task.spawn(function()
    task.current_task():cancel()
    before = true
    task.sleep(0)
    after = true
  end)
  t:join()
  expect(before):is_true()
  expect(after):is_false()
  expect(t:cancelled()):is_true()
end)

test("a cancelled task that returns without waiting again has finished", function()
  local t = task.spawn(function()
    task.current_task():cancel()
    return "result"
  end)
  expect(t:result()):equals "result"
  expect(t:cancelled()):is_false()
end)

test("an ordinary error after cancel is the task's error", function()
  local t = task.spawn(function()
    task.current_task():cancel()
    error("ordinary", 0)
  end)
  expect(t:exception()):equals "ordinary"
  expect(t:cancelled()):is_false()
end)

test("cancel of a finished task is false and changes nothing", function()
  local t = task.spawn(function() return 7 end)
  t:join()
  expect(t:cancel()):is_false()
  expect(t:cancelled()):is_false()
  expect(t:result()):equals(7)
end)

test("cancelling a task that joins another leaves the other alone", function()
  local go = false
  local other = task.spawn(function()
    while not go do task.yield() end
    return "whole"
  end)
  local joiner = task.spawn(function() other:join() end)
  task.yield()
  joiner:cancel()
  joiner:join()
  expect(joiner:cancelled()):is_true()
  expect(other:done()):is_false()
  go = true
  expect(other:result()):equals "whole"
end)

test("who waits for a cancelled task gets its error and is not cancelled", function()
  local victim = task.spawn(task.sleep, 60)
  local taker = task.spawn(function()
    local ok, err = pcall(victim.result, victim)
    task.sleep(0)
    return ok, err.kind
  end)
  task.yield()
  victim:cancel()
  expect(table.pack(taker:result())):same { false, "cancelled", n = 2 }
end)

test("cancelled tasks are taken out of all_tasks", function()
  local before = #task.all_tasks()
  local tasks = {}
  for i = 1, 100 do tasks[i] = task.spawn(task.sleep, 60) end
  task.yield()
  for i = 1, 100 do tasks[i]:cancel() end
  expect(task.joinall(tasks, 10)):is_true()
  expect(#task.all_tasks()):equals(before)
end)
