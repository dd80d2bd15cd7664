-- Lock and RLock: mutual exclusion, ownership, timeouts, cancellation, and what becomes of a lock
-- whose owner ends.

local sync = require "braid.sync"
local task = require "braid.task"
local support = require "support"
local units = require "units"

for _, name in ipairs { "Lock", "RLock" } do
  local new = sync[name]

  test(name .. ": acquire, release, locked", function()
    local lock = new()
    expect(lock:locked()):is_false()
    expect(lock:acquire()):is_true()
    expect(lock:locked()):is_true()
    lock:release()
    expect(lock:locked()):is_false()
    expect(lock:try_acquire()):is_true()
    lock:release()
  end)

  test(name .. ": releasing what is not held raises invalid_state", function()
    local lock = new()
    expect_error(function() lock:release() end, "invalid_state")
    lock:acquire()
    lock:release()
    expect_error(function() lock:release() end, "invalid_state")
  end)

  test(name .. ": a lock that is collected while it is held does no harm", function()
    for _ = 1, 100 do
      task.run(function()
        new():acquire()
        support.collect()
      end)
    end
    new():acquire()
    support.collect()
    expect(true):is_true()
  end)

  test(name .. ": guard and with release on every way out", function()
    local lock = new()
    do
      local _ <close> = lock:guard()
      expect(lock:locked()):is_true()
    end
    expect(lock:locked()):is_false()
    expect(table.pack(lock:with(function(...)
      expect(lock:locked()):is_true()
      return ...
    end, 1, nil, 3))):same { 1, nil, 3, n = 3 }
    expect(lock:locked()):is_false()
    local value = {}
    expect(expect_error(function() lock:with(error, value) end)):equals(value)
    expect(lock:locked()):is_false()
    local t = task.spawn(function() lock:with(task.sleep, 60) end)
    task.yield()
    expect(lock:locked()):is_true()
    t:cancel()
    t:join()
    expect(lock:locked()):is_false()
  end)

  test(name .. ": wrong arguments raise and change nothing", function()
    local lock = new()
    expect_error(function() lock:acquire("soon") end, "bad argument #1 to 'acquire'")
    expect_error(function() lock:acquire(0 / 0) end, "nan")
    expect_error(function() lock.acquire(5) end, "Lock expected, got number")
    expect_error(function() lock.release(sync.Event()) end, "Lock expected")
    expect_error(function() lock:with(5) end, "bad argument #1 to 'with' %(function expected")
    expect_error(function() lock:with() end, "got no value")
    expect(lock:locked()):is_false()
  end)

  units.each(function(kind, spawn)
    local suffix = (" (%s)"):format(kind)

    test(name .. ": another unit waits until it is released" .. suffix, function()
      local lock = new()
      lock:acquire()
      local list = {}
      for i = 1, 4 do list[i] = spawn(function() return lock:with(function() return "had it" end) end) end
      units.meet_waiting(4, "a Lock")
      lock:release()
      expect(units.results(list)):same { "had it", "had it", "had it", "had it" }
      expect(lock:locked()):is_false()
    end)

    test(name .. ": one unit at a time is inside" .. suffix, function()
      local lock, inside = new(), sync.Semaphore(1)
      local function work()
        local broken = 0
        for i = 1, 50 do
          lock:acquire()
          if not inside:acquire(0) then broken = broken + 1 end
          if i % 10 == 0 then task.sleep(0) end
          inside:release()
          lock:release()
        end
        return broken
      end
      local list = {}
      for i = 1, 4 do list[i] = spawn(work) end
      expect(units.results(list)):same { 0, 0, 0, 0 }
    end)

    test(name .. ": acquire(t) is false when the time is up, and leaves nothing behind" .. suffix,
      function()
        local lock = new()
        lock:acquire()
        local tried = spawn(function()
          local time = require "braid.time"
          local start = time.monotonic()
          local results = { lock:acquire(0), lock:acquire(-1), lock:try_acquire(), lock:acquire(0.03) }
          results[5] = time.monotonic() - start >= 0.03
          return results
        end)
        expect(tried:result()):same { false, false, false, false, true }
        lock:release()
        expect(lock:locked()):is_false()
        expect(spawn(function() return lock:acquire(0) end):result()):is_true()
      end)

    test(name .. ": only the owner releases" .. suffix, function()
      local lock = new()
      lock:acquire()
      local err = spawn(function() return select(2, pcall(lock.release, lock)).kind end):result()
      expect(err):equals "invalid_state"
      expect(lock:locked()):is_true()
      lock:release()
    end)

    test(name .. ": an owner that ends hands it on" .. suffix, function()
      local lock = new()
      spawn(function() lock:acquire() end):join()
      expect(table.pack(lock:acquire())):same { true, "owner_died", n = 2 }
      lock:release()
      expect(table.pack(lock:acquire())):same { true, n = 1 }
      lock:release()
      local failed = spawn(function()
        lock:acquire()
        error "on purpose"
      end)
      expect_error(function() failed:result() end, "on purpose")
      expect(table.pack(lock:try_acquire())):same { true, "owner_died", n = 2 }
      lock:release()
    end)

    test(name .. ": it is handed to whoever waits when the owner ends" .. suffix, function()
      local lock, go = new(), sync.Event()
      local owner = spawn(function()
        lock:acquire()
        go:wait()
      end)
      support.meet(function() return lock:locked() end)
      local waiter = spawn(function() return table.pack(lock:acquire()) end)
      units.meet_waiting(1, "a Lock")
      go:set()
      expect(waiter:result()):same { true, "owner_died", n = 2 }
      owner:join()
    end)

    test(name .. ": a cancelled wait has not taken it" .. suffix, function()
      local lock = new()
      lock:acquire()
      local waiter = spawn(function() lock:acquire() end)
      units.meet_waiting(1, "a Lock")
      waiter:cancel()
      waiter:join()
      expect(waiter:cancelled()):is_true()
      lock:release()
      expect(table.pack(lock:acquire(0))):same { true, n = 1 }
    end)
  end)
end

test("Lock: acquiring it twice without end raises deadlock, with a timeout it is false", function()
  local lock = sync.Lock()
  lock:acquire()
  expect_error(function() lock:acquire() end, "deadlock")
  expect(lock:acquire(0)):is_false()
  expect(lock:acquire(0.005)):is_false()
  lock:release()
end)

units.each(function(kind, spawn)
  test(("Lock: units that hurry, wait and are cancelled leave it whole (%s)"):format(kind), function()
    local lock, inside, stop = sync.Lock(), sync.Semaphore(1), sync.Event()
    local function work(seconds)
      local broken = 0
      while not stop:is_set() do
        local got, died = lock:acquire(seconds)
        if got then
          -- A cancellation reaches a thread between any two instructions, also in here; whoever is
          -- next is told.
          if not inside:acquire(0) and not died then broken = broken + 1 end
          inside:release()
          lock:release()
        end
        task.sleep(0)
      end
      return broken
    end
    local stay = { spawn(work), spawn(work, 0.0001), spawn(work, 60) }
    for _ = 1, 20 do
      local goes = spawn(work)
      task.sleep(0.001)
      goes:cancel()
      goes:join()
    end
    stop:set()
    expect(units.results(stay)):same { 0, 0, 0 }
    local got, died = lock:acquire(10)
    expect(got):is_true()
    expect(inside:acquire(0) or died == "owner_died"):is_true()
  end)
end)

test("Lock: it goes to those who wait in the order in which they came", function()
  local lock, order = sync.Lock(), {}
  lock:acquire()
  local list = {}
  for i = 1, 5 do
    list[i] = task.spawn(function() lock:with(function() order[#order + 1] = i end) end)
  end
  task.yield()
  lock:release()
  task.joinall(list)
  expect(order):same { 1, 2, 3, 4, 5 }
end)

test("RLock: its owner takes it again, and releases as often", function()
  local lock = sync.RLock()
  for _ = 1, 3 do expect(lock:acquire()):is_true() end
  expect(lock:try_acquire()):is_true()
  for _ = 1, 3 do lock:release() end
  expect(lock:locked()):is_true()
  expect(task.run(lock.acquire, lock, 0)):is_false()
  lock:release()
  expect(lock:locked()):is_false()
  expect_error(function() lock:release() end, "invalid_state")
end)

test("two units that wait for each other's locks: the second one raises deadlock", function()
  local a, b = sync.Lock(), sync.Lock()
  a:acquire()
  local other = task.spawn(function()
    b:acquire()
    a:acquire()
    a:release()
    b:release()
  end)
  task.yield()
  expect_error(function() b:acquire() end, "deadlock")
  a:release()
  other:result()
end)

test("locks have a name and are equal only to themselves", function()
  local lock = sync.Lock()
  expect(tostring(lock)):matches "^Lock: "
  expect(lock == sync.Lock()):is_false()
  expect(task.run(function() return lock end) == lock):is_true()
end)
