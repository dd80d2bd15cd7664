-- Cancellation and deadlines reach a unit wherever it is: in callbacks of C functions, in the
-- script's coroutines inside them, in a loop that never waits.

local queue = require "braid.queue"
local sync = require "braid.sync"
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

test("a wait in a sort comparator is reached", function()
  local reached = false
  local t = cancel_while(function(wait)
    pcall(table.sort, { 2, 1 }, function() wait() end)
    reached = true
  end)
  expect(reached):is_false()
  expect(t:cancelled()):is_true()
end)

test("a wait in a gsub callback inside a coroutine is reached", function()
  local closed, reached = false, false
  local t = cancel_while(function(wait)
    coroutine.wrap(function()
      local _ <close> = closing(function() closed = true end)
      pcall(string.gsub, "x", ".", function()
        pcall(wait)
        reached = true
      end)
      reached = true
    end)()
    reached = true
  end)
  expect(closed):is_true()
  expect(reached):is_false()
  expect(t:cancelled()):is_true()
end)

test("a busy loop is reached by timeout", function()
  local ran_after = false
  expect_error(function()
    task.timeout(0.02, function() while true do end end)
    ran_after = true
  end, "timeout")
  expect(ran_after):is_false()
end)

test("a busy loop under pcall is reached by timeout", function()
  expect_error(function()
    task.timeout(0.02, function()
      while true do pcall(function() while true do end end) end
    end)
  end, "timeout")
end)

test("a busy loop in a task is reached by wait_for", function()
  local t = task.spawn(function() while true do end end)
  expect_error(function() task.wait_for(t, 0.02) end, "timeout")
  expect(t:done()):is_true()
  expect(t:cancelled()):is_true()
end)

test("a deadline never comes between a lock and what will release it", function()
  local lock, semaphore, n = sync.Lock(), sync.Semaphore(1), 0
  local function body() n = n + 1 end
  for _ = 1, 300 do
    pcall(task.timeout, 0.0002, function()
      while true do
        lock:with(body)
        do local _ <close> = lock:guard() end
        semaphore:with(body)
      end
    end)
    expect(lock:locked()):is_false()
    expect(semaphore:acquire(0)):is_true()
    semaphore:release()
  end
end)

-- Two units whose deadlines pass while they wait for the same thing, hold it, or leave their block.
test("a deadline leaves its block as timeout, and as nothing else", function()
  local lock = sync.Lock()
  local function work(seed)
    for i = 1, 400 do
      local ok, err = pcall(task.timeout, 0.0004 * (1 + i * seed % 3), function()
        local _ <close> = lock:guard()
        task.sleep(0.0005)
      end)
      if not ok and err.kind ~= "timeout" then error(err) end
    end
  end
  local a, b = task.spawn(work, 1), task.spawn(work, 2)
  a:result()
  b:result()
  expect(lock:locked()):is_false()
end)

test("no message is lost by a deadline", function()
  local q, n, got, stop = queue.Queue(), 2000, 0, false
  local putter = task.spawn(function()
    for i = 1, n do
      q:put(i)
      if i % 7 == 0 then task.sleep(0.0001) end
    end
    stop = true
  end)
  while not stop or q:qsize() > 0 do
    local ok, value = pcall(task.timeout, 0.0001, q.get, q)
    if ok and value then got = got + 1 end
    local t = task.spawn(q.get, q)
    ok, value = pcall(task.wait_for, t, 0.0001)
    if ok and value then got = got + 1 end
  end
  putter:join()
  expect(got):equals(n)
end)
