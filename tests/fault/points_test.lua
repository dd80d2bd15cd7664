-- A process dies at each step of what it does to a lock, a table, another process. Afterwards that is
-- as it was, or as it is after the whole operation; who waited for it goes on; and nothing is left.

local fault = require "braid.fault"
local process = require "braid.process"
local queue = require "braid.queue"
local shared = require "braid.shared"
local sync = require "braid.sync"
local task = require "braid.task"
local support = require "support"
local steps = dofile(support.root .. "/tests/fault/steps.lua")

local at_each_step, waiting, result, patience =
  steps.at_each_step, steps.waiting, steps.result, steps.patience

-- --- locks ---

for _, kind in ipairs{"Lock", "RLock"} do
  at_each_step(kind .. ": acquire", sync[kind], function(lock) lock:acquire() end,
               function(_, lock)
    expect(lock:acquire(patience)):is_true()
    lock:release()
    expect(lock:locked()):is_false()
  end)

  at_each_step(kind .. ": acquire and release where others wait", function()
    local lock = sync[kind]()
    lock:acquire()
    local tasks = waiting(3, lock.with, lock, function() task.yield() return "done" end)
    lock:release()
    return lock, tasks
  end, function(lock)
    for _ = 1, 3 do
      lock:acquire()
      lock:release()
    end
  end, function(_, lock, tasks)
    for _, t in ipairs(tasks) do expect(result(t)):equals "done" end
    expect(lock:acquire(patience)):is_true()
    lock:release()
  end)
end

at_each_step("Lock: release for one who waits", function()
  local lock = sync.Lock()
  local go = sync.Event()
  local taker = task.spawn(function()
    go:wait()
    return lock:acquire(patience)
  end)
  return lock, go, taker
end, function(lock, go)
  fault.die_at(0)
  lock:acquire()
  go:set()
  task.sleep(0.005)
  fault.die_at(at_step)
  lock:release()
end, function(_, lock, _, taker) expect(result(taker)):is_true() expect(lock:locked()) end)

at_each_step("Semaphore: release for those who wait", function()
  local semaphore = sync.Semaphore(0)
  return semaphore, waiting(2, semaphore.acquire, semaphore)
end, function(semaphore) semaphore:release(3) end, function(died, semaphore, takers)
  local more = semaphore:acquire(died and 0.05 or patience)
  if not more then
    expect(died):is_true()
    semaphore:release(3)
    expect(semaphore:acquire(patience)):is_true()
  end
  for _, taker in ipairs(takers) do expect(result(taker)):is_true() end
  expect(semaphore:acquire(0)):is_false()
end)

at_each_step("BoundedSemaphore: acquire and release", function() return sync.BoundedSemaphore(2) end,
             function(semaphore)
  semaphore:acquire()
  semaphore:release()
end, function(_, semaphore)
  expect(semaphore:acquire(0)):is_true()
  local second = semaphore:acquire(0)
  if second then semaphore:release() end
  semaphore:release()
end)

for _, write in ipairs{false, true} do
  at_each_step("RWLock: " .. (write and "write" or "read"), function()
    local lock = sync.RWLock()
    lock:acquire_write()
    local writer = waiting(1, lock.acquire_write, lock, patience)[1]
    return lock, writer
  end, function()
    local lock = sync.RWLock()
    if write then
      lock:acquire_write()
      lock:release_write()
    else
      lock:acquire_read()
      lock:acquire_read()
      lock:release_read()
      lock:release_read()
    end
  end, function(_, lock, writer)
    lock:release_write()
    expect(result(writer)):is_true()
  end)

  at_each_step("RWLock: " .. (write and "write" or "read") .. " one that is shared", sync.RWLock,
               function(lock)
    if write then
      lock:acquire_write()
      lock:release_write()
    else
      lock:acquire_read()
      lock:release_read()
    end
  end, function(_, lock)
    expect(lock:acquire_write(patience)):is_true()
    lock:release_write()
    expect(lock:acquire_read(patience)):is_true()
    lock:release_read()
  end)
end

-- --- the others ---

at_each_step("Event: set", function()
  local event = sync.Event()
  return event, waiting(3, event.wait, event)
end, function(event) event:set() end, function(died, event, waiters)
  if not event:is_set() then
    expect(died):is_true()
    event:set()
  end
  for _, waiter in ipairs(waiters) do expect(result(waiter)):is_true() end
end)

at_each_step("Condition: notify", function()
  local condition = sync.Condition()
  local tasks = waiting(3, function()
    condition:acquire()
    condition:wait(patience)
    condition:release()
    return true
  end)
  return condition, tasks
end, function(condition)
  condition:acquire()
  condition:notify(2)
  condition:release()
end, function(_, condition, tasks)
  expect(condition:acquire(patience)):is_true()
  condition:notify_all()
  condition:release()
  for _, t in ipairs(tasks) do expect(result(t)):is_true() end
end)

for _, action in ipairs{false, function() end} do
  at_each_step("Barrier" .. (action and " with an action" or ""), function()
    local barrier = sync.Barrier(3, action or nil)
    return barrier, waiting(2, barrier.wait, barrier)
  end, function(barrier) barrier:wait() end, function(died, barrier, parties)
    if died then
      task.sleep(0.01)
      if not parties[1]:done() then barrier:wait(patience) end
    end
    for _, party in ipairs(parties) do result(party) end
    expect(barrier.broken):is_false()
    expect(barrier.n_waiting):equals(0)
  end)
end

at_each_step("WaitGroup: done", function()
  local group = sync.WaitGroup()
  group:add(1)
  return group, waiting(2, group.wait, group)
end, function(group) group:done() end, function(died, group, waiters)
  local ok = pcall(group.done, group)
  expect(ok and died or not ok):is_true()
  for _, waiter in ipairs(waiters) do expect(result(waiter)):is_true() end
end)

at_each_step("Once: call", function()
  local once = sync.Once()
  return once
end, function(once) once:call(function() end) end, function(_, once)
  local calls = 0
  for _ = 1, 2 do once:call(function() calls = calls + 1 end) end
  expect(calls <= 1):is_true()
end)

at_each_step("Table: every change", function()
  local t = shared.Table{1, 2, 3}
  t.key = "value"
  return t
end, function(t)
  t.key = ("long "):rep(10)
  t.other = {1}
  t:append(4)
  t:insert(1, 0)
  t:remove(2)
  t:incr "n"
  t.key = nil
end, function(_, t)
  local count = 0
  for _ in pairs(t) do count = count + 1 end
  t.key, t.other, t.n = nil, nil, nil
  local length = #t
  expect(length >= 3 and length <= 5):is_true()
  for _ = 1, length do t:remove() end
  expect(next(t:totable())):is_nil()
  t.a = 1
  expect(t.a):equals(1)
end)

at_each_step("starting a process, and ending", function() return queue.Queue() end, function(q)
  local child = process.spawn(function() q:put "alive" end)
  child:join()
end, function(died, q)
  if not died then expect(q:get(patience)):equals "alive" end
end)

test("nothing is left in the arena", function()
  local function round()
    for step = 1, 40 do
      local q = queue.Queue(2)
      local child = process.spawn(function()
        fault.die_at(step)
        for i = 1, 3 do
          q:put(("x"):rep(i * 100))
          q:get()
        end
        fault.die_at(0)
      end)
      child:join()
    end
    collectgarbage()
    collectgarbage()
    task.sleep(0.1)  -- the last one may still be swept
    return fault.usage()
  end
  for _ = 1, 3 do round() end
  local before = round()
  for _ = 1, 3 do round() end
  expect(round() <= before):is_true()
end)
