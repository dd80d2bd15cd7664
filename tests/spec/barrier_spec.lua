-- Barrier: all pass or all are told; who is cancelled is counted out.

local sync = require "braid.sync"
local task = require "braid.task"
local support = require "support"
local units = require "units"

-- Spawns n units that call fn(...), and returns their results, in ascending order.
local function gather(spawn, n, fn, ...)
  local list = {}
  for i = 1, n do list[i] = spawn(fn, ...) end
  local results = units.results(list)
  table.sort(results, function(a, b) return tostring(a) < tostring(b) end)
  return results
end

test("it says what it is", function()
  local barrier = sync.Barrier(3)
  expect(barrier.parties):equals(3)
  expect(barrier.n_waiting):equals(0)
  expect(barrier.broken):is_false()
  expect(barrier.nothing):is_nil()
  expect(barrier[1]):is_nil()
  expect(tostring(barrier)):matches "^Barrier: "
  expect(barrier == sync.Barrier(3)):is_false()
end)

test("wrong arguments raise", function()
  expect_error(function() sync.Barrier() end, "bad argument #1 .*number expected, got no value")
  expect_error(function() sync.Barrier(0) end, "bad argument #1 .*must be positive")
  expect_error(function() sync.Barrier(-1) end, "must be positive")
  expect_error(function() sync.Barrier(1.5) end, "no integer representation")
  expect_error(function() sync.Barrier(math.maxinteger) end, "too many parties")
  expect_error(function() sync.Barrier(2, 5) end, "bad argument #2 .*function expected, got number")
  expect_error(function() sync.Barrier(2, nil, "x") end, "bad argument #3 .*number expected")
  expect_error(function() sync.Barrier(2, nil, 0 / 0) end, "nan")
  local barrier = sync.Barrier(2)
  expect_error(function() barrier:wait("x") end, "bad argument #1 to 'wait'")
  expect_error(function() barrier:wait(0 / 0) end, "nan")
  expect_error(function() barrier.wait(sync.Lock()) end, "Barrier expected")
  expect_error(function() barrier.reset(5) end, "Barrier expected, got number")
  expect(barrier.broken):is_false()
end)

test("with one party nobody waits", function()
  local calls = 0
  local barrier = sync.Barrier(1, function() calls = calls + 1 end)
  for _ = 1, 3 do expect(barrier:wait()):equals(0) end
  expect(barrier:wait(0)):equals(0)
  expect(calls):equals(4)
end)

test("the action sees and changes what the function sees, in the state that made the barrier", function()
  local passed, ran = 0, 0
  local barrier = sync.Barrier(3, function()
    expect(passed):equals(3 * ran)
    ran = ran + 1
  end)
  gather(task.spawn, 3, function()
    for _ = 1, 3 do
      barrier:wait()
      passed = passed + 1
    end
    return 0
  end)
  expect(ran):equals(3)
  expect(passed):equals(9)
end)

test("an action that cannot be sent works where it was made, and errs elsewhere", function()
  local co = coroutine.create(print)
  local ran = false
  local barrier = sync.Barrier(1, function() ran = co ~= nil end)
  expect(barrier:wait()):equals(0)
  expect(ran):is_true()
  local has_threads, thread = pcall(require, "braid.thread")
  if not has_threads then return end
  local text = thread.spawn(function() return tostring(select(2, pcall(barrier.wait, barrier))) end):result()
  expect(text):matches "cannot send a coroutine"
  expect(barrier.broken):is_true()
end)

test("the action cannot wait for its own barrier", function()
  local barrier
  barrier = sync.Barrier(1, function() barrier:wait() end)
  expect_error(function() barrier:wait() end, "deadlock")
  expect(barrier.broken):is_true()
end)

test("a party that is cancelled before it arrives does not count", function()
  local barrier = sync.Barrier(2)
  local t = task.spawn(function() barrier:wait() end)
  t:cancel()
  t:join()
  expect(barrier.n_waiting):equals(0)
  expect(barrier.broken):is_false()
end)

units.each(function(kind, spawn)
  local suffix = (" (%s)"):format(kind)

  test("each passes with a number of its own" .. suffix, function()
    local barrier = sync.Barrier(5)
    expect(gather(spawn, 5, function() return barrier:wait() end)):same { 0, 1, 2, 3, 4 }
    expect(barrier.n_waiting):equals(0)
    expect(barrier.broken):is_false()
  end)

  test("nobody passes before all have arrived, round after round" .. suffix, function()
    local rounds, parties = 20, 4
    local barrier, counter = sync.Barrier(parties), sync.Semaphore(0)
    local function work()
      for round = 1, rounds do
        counter:release()
        barrier:wait()
        -- All permits of this round are there, and none of the next one: nobody is further.
        if barrier:wait() == 0 then
          for _ = 1, parties do
            if not counter:acquire(0) then return "missing in " .. round end
          end
          if counter:acquire(0) then return "too many in " .. round end
        end
        barrier:wait()
      end
      return "whole"
    end
    expect(gather(spawn, parties, work)):same { "whole", "whole", "whole", "whole" }
  end)

  test("the action runs once, in one party, before any is released" .. suffix, function()
    local ran, passed, early = sync.Semaphore(0), sync.Semaphore(0), sync.Semaphore(0)
    local barrier = sync.Barrier(4, function()
      task.sleep(0.002)
      if passed:acquire(0) then early:release() end
      ran:release()
    end)
    expect(gather(spawn, 4, function()
      local index = barrier:wait()
      passed:release()
      return index
    end)):same { 0, 1, 2, 3 }
    expect(ran:acquire(0)):is_true()
    expect(ran:acquire(0)):is_false()
    expect(early:acquire(0)):is_false()
  end)

  test("an error in the action goes to its party and breaks it for the others" .. suffix, function()
    local barrier = sync.Barrier(3, function() error({ "on purpose" }) end)
    expect(gather(spawn, 3, function()
      local err = select(2, pcall(barrier.wait, barrier))
      return err.kind or err[1]
    end)):same { "broken_barrier", "broken_barrier", "on purpose" }
    expect(barrier.broken):is_true()
    expect_error(function() barrier:wait() end, "broken_barrier")
  end)

  test("a party that is cancelled in the action leaves it to another" .. suffix, function()
    local acting, go, ran = sync.Event(), sync.Event(), sync.Semaphore(0)
    local barrier = sync.Barrier(3, function()
      acting:set()
      go:wait()
      ran:release()
    end)
    local first = spawn(function() return barrier:wait() end)
    support.meet(function() return barrier.n_waiting == 1 end)
    local second = spawn(function() return barrier:wait() end)
    support.meet(function() return barrier.n_waiting == 2 end)
    local actor = spawn(function() barrier:wait() end)
    acting:wait()
    acting:clear()
    actor:cancel()
    actor:join()
    expect(actor:cancelled()):is_true()
    acting:wait()
    expect(barrier.broken):is_false()
    expect(ran:acquire(0)):is_false()
    go:set()
    expect({ first:result(), second:result() }):same { 0, 1 }
    expect(ran:acquire(0)):is_true()
    expect(ran:acquire(0)):is_false()
    expect(barrier.n_waiting):equals(0)
  end)

  test("a round whose parties all leave the action is over" .. suffix, function()
    local acting, counted = sync.Semaphore(0), sync.Event()
    local barrier = sync.Barrier(2, function()
      acting:release()
      counted:wait()
    end)
    local list = { spawn(function() barrier:wait() end), spawn(function() barrier:wait() end) }
    acting:acquire()
    for _, unit in ipairs(list) do unit:cancel() end
    for _, unit in ipairs(list) do
      unit:join()
      expect(unit:cancelled()):is_true()
    end
    expect(barrier.broken):is_false()
    expect(barrier.n_waiting):equals(0)
    counted:set()
    expect(gather(spawn, 2, function() return barrier:wait() end)):same { 0, 1 }
  end)

  test("an error while a cancelled party leaves the action does not break it" .. suffix, function()
    local acting, go = sync.Event(), sync.Event()
    local barrier = sync.Barrier(2, function()
      if acting:is_set() then return end
      local _ <close> = setmetatable({}, { __close = function() error "in the cleanup" end })
      acting:set()
      go:wait()
    end)
    local stays = spawn(function() return barrier:wait() end)
    support.meet(function() return barrier.n_waiting == 1 end)
    local actor = spawn(function() barrier:wait() end)
    acting:wait()
    local taken = task.spawn(pcall, actor.result, actor)
    task.yield()
    actor:cancel()
    expect(stays:result()):equals(0)
    expect(taken:result()):is_false()
    expect(barrier.broken):is_false()
  end)

  test("a timeout breaks it for all" .. suffix, function()
    local barrier = sync.Barrier(3)
    local list = {}
    for i = 1, 2 do
      list[i] = spawn(function(seconds) return select(2, pcall(barrier.wait, barrier, seconds)).kind end,
        i == 2 and 0.02 or nil)
    end
    expect(units.results(list)):same { "broken_barrier", "broken_barrier" }
    expect(barrier.broken):is_true()
    expect(barrier.n_waiting):equals(0)
    expect_error(function() barrier:wait(1) end, "broken_barrier")
    barrier:reset()
    expect(barrier.broken):is_false()
    expect(gather(spawn, 3, function() return barrier:wait() end)):same { 0, 1, 2 }
  end)

  test("the constructor's timeout counts unless wait has one" .. suffix, function()
    local barrier = sync.Barrier(2, nil, 0.01)
    expect(spawn(function() return select(2, pcall(barrier.wait, barrier)).kind end):result())
      :equals "broken_barrier"
    barrier:reset()
    local patient = spawn(function() return barrier:wait(60) end)
    units.meet_waiting(1, "a Barrier")
    task.sleep(0.03)
    expect(barrier:wait()):equals(1)
    expect(patient:result()):equals(0)
  end)

  test("wait(0) breaks it unless all others are there" .. suffix, function()
    local barrier = sync.Barrier(2)
    local waiter = spawn(function() return barrier:wait() end)
    units.meet_waiting(1, "a Barrier")
    expect(barrier:wait(0)):equals(1)
    expect(waiter:result()):equals(0)
    waiter = spawn(function() return select(2, pcall(barrier.wait, barrier)).kind end)
    units.meet_waiting(1, "a Barrier")
    barrier:abort()
    barrier:reset()
    expect(waiter:result()):equals "broken_barrier"
    expect_error(function() barrier:wait(-1) end, "broken_barrier")
    expect(barrier.broken):is_true()
  end)

  test("abort breaks it for all, until reset" .. suffix, function()
    local barrier = sync.Barrier(4)
    local list = {}
    for i = 1, 3 do
      list[i] = spawn(function() return select(2, pcall(barrier.wait, barrier)).kind end)
    end
    support.meet(function() return barrier.n_waiting == 3 end)
    barrier:abort()
    barrier:abort()
    expect(units.results(list)):same { "broken_barrier", "broken_barrier", "broken_barrier" }
    expect(barrier.broken):is_true()
    barrier:reset()
    expect(gather(spawn, 4, function() return barrier:wait() end)):same { 0, 1, 2, 3 }
  end)

  test("reset sends those who wait away and leaves it whole" .. suffix, function()
    local barrier = sync.Barrier(3)
    local list = {}
    for i = 1, 2 do
      list[i] = spawn(function() return select(2, pcall(barrier.wait, barrier)).kind end)
    end
    support.meet(function() return barrier.n_waiting == 2 end)
    barrier:reset()
    expect(units.results(list)):same { "broken_barrier", "broken_barrier" }
    expect(barrier.broken):is_false()
    expect(barrier.n_waiting):equals(0)
    expect(gather(spawn, 3, function() return barrier:wait() end)):same { 0, 1, 2 }
  end)

  test("a party that is cancelled is counted out" .. suffix, function()
    local barrier = sync.Barrier(3)
    local leaver = spawn(function() barrier:wait() end)
    support.meet(function() return barrier.n_waiting == 1 end)
    local stayer = spawn(function() return barrier:wait() end)
    support.meet(function() return barrier.n_waiting == 2 end)
    leaver:cancel()
    leaver:join()
    expect(leaver:cancelled()):is_true()
    expect(barrier.n_waiting):equals(1)
    expect(barrier.broken):is_false()
    local other = spawn(function() return barrier:wait() end)
    support.meet(function() return barrier.n_waiting == 2 end)
    expect(barrier:wait()):equals(2)
    expect({ stayer:result(), other:result() }):same { 0, 1 }
  end)

  test("who arrives while the action runs belongs to the next round" .. suffix, function()
    local acting, go, ran = sync.Event(), sync.Event(), sync.Semaphore(0)
    local barrier = sync.Barrier(2, function()
      ran:release()
      acting:set()
      go:wait()
    end)
    local first = { spawn(function() return barrier:wait() end), spawn(function() return barrier:wait() end) }
    acting:wait()
    local second = { spawn(function() return barrier:wait() end), spawn(function() return barrier:wait() end) }
    support.meet(function() return barrier.n_waiting == 2 end)
    go:set()
    local results = {}
    for i, unit in ipairs { first[1], first[2], second[1], second[2] } do results[i] = unit:result() end
    expect(results[1] + results[2]):equals(1)
    expect(results[3] + results[4]):equals(1)
    for _ = 1, 2 do expect(ran:acquire(0)):is_true() end
    expect(ran:acquire(0)):is_false()
  end)

  test("a reset while the action runs sends that round away, the next one passes" .. suffix, function()
    local acting, go = sync.Event(), sync.Event()
    local barrier = sync.Barrier(2, function()
      acting:set()
      go:wait()
    end)
    local function wait()
      local ok, result = pcall(barrier.wait, barrier)
      return ok and result or result.kind
    end
    local first = { spawn(wait), spawn(wait) }
    acting:wait()
    barrier:reset()
    go:set()
    expect(units.results(first)):same { "broken_barrier", "broken_barrier" }
    expect(barrier.broken):is_false()
    expect(gather(spawn, 2, wait)):same { 0, 1 }
  end)
end)
