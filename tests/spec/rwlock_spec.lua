-- RWLock: many readers or one writer, and nobody starves.

local sync = require "braid.sync"
local task = require "braid.task"
local units = require "units"

test("readers share it, a writer has it alone", function()
  local lock = sync.RWLock()
  expect(lock:acquire_read()):is_true()
  expect(task.run(function() return lock:acquire_read(0), lock:release_read() end)):is_true()
  expect(task.run(lock.acquire_write, lock, 0)):is_false()
  lock:release_read()
  expect(lock:acquire_write()):is_true()
  expect(task.run(lock.acquire_write, lock, 0)):is_false()
  expect(task.run(lock.acquire_read, lock, 0)):is_false()
  expect(task.run(lock.acquire_read, lock, 0.005)):is_false()
  lock:release_write()
  expect(task.run(function() return lock:acquire_write(0), lock:release_write() end)):is_true()
end)

test("releasing what the unit does not hold raises invalid_state", function()
  local lock = sync.RWLock()
  local function neither()
    expect_error(function() lock:release_read() end, "invalid_state")
    expect_error(function() lock:release_write() end, "invalid_state")
  end
  neither()
  lock:acquire_read()
  expect_error(function() lock:release_write() end, "invalid_state")
  task.run(neither)
  lock:release_read()
  neither()
  lock:acquire_write()
  expect_error(function() lock:release_read() end, "invalid_state")
  task.run(neither)
  lock:release_write()
  neither()
end)

test("a unit that would wait for itself without end raises deadlock", function()
  local lock = sync.RWLock()
  lock:acquire_read()
  expect_error(function() lock:acquire_write() end, "deadlock")
  expect(lock:acquire_write(0)):is_false()
  expect(lock:acquire_write(0.005)):is_false()
  lock:release_read()
  lock:acquire_write()
  expect_error(function() lock:acquire_write() end, "deadlock")
  expect_error(function() lock:acquire_read() end, "deadlock")
  expect(lock:acquire_read(0.005)):is_false()
  lock:release_write()
  expect(lock:acquire_write(0)):is_true()
  lock:release_write()
end)

test("who reads may read again, even when a writer waits, and releases as often", function()
  local lock = sync.RWLock()
  lock:acquire_read()
  local writer = task.spawn(function() return lock:acquire_write() end)
  task.yield()
  expect(lock:acquire_read()):is_true()
  lock:release_read()
  task.yield()
  expect(writer:done()):is_false()
  lock:release_read()
  expect(writer:result()):is_true()
end)

test("guards release on every way out", function()
  local lock = sync.RWLock()
  do
    local _ <close> = lock:read_guard()
    expect(task.run(lock.acquire_write, lock, 0)):is_false()
  end
  expect_error(function()
    local _ <close> = lock:write_guard()
    expect(task.run(lock.acquire_read, lock, 0)):is_false()
    error "on purpose"
  end, "on purpose")
  expect(lock:acquire_write(0)):is_true()
  lock:release_write()
end)

test("wrong arguments raise and change nothing", function()
  local lock = sync.RWLock()
  expect_error(function() lock:acquire_read("x") end, "bad argument #1 to 'acquire_read'")
  expect_error(function() lock:acquire_write(0 / 0) end, "nan")
  expect_error(function() lock.acquire_write(sync.Lock()) end, "RWLock expected")
  expect_error(function() lock.release_read(5) end, "RWLock expected, got number")
  expect(tostring(lock)):matches "^RWLock: "
  expect(lock:acquire_write(0)):is_true()
end)

test("who comes after a waiting writer waits behind it", function()
  local lock, order = sync.RWLock(), {}
  lock:acquire_read()
  local writer = task.spawn(function()
    local _ <close> = lock:write_guard()
    order[#order + 1] = "writer"
  end)
  task.yield()
  local readers = {}
  for i = 1, 3 do
    readers[i] = task.spawn(function()
      local _ <close> = lock:read_guard()
      order[#order + 1] = "reader"
      task.sleep(0)
    end)
  end
  local last = task.spawn(function()
    local _ <close> = lock:write_guard()
    order[#order + 1] = "last"
  end)
  task.yield()
  expect(task.run(lock.acquire_read, lock, 0)):is_false()
  lock:release_read()
  task.joinall { writer, last, table.unpack(readers) }
  expect(order):same { "writer", "reader", "reader", "reader", "last" }
end)

units.each(function(kind, spawn)
  local suffix = (" (%s)"):format(kind)

  test("one writer or readers alone are inside" .. suffix, function()
    local lock, writing, reading = sync.RWLock(), sync.Semaphore(1), sync.Semaphore(100)
    local function work(seed)
      local broken = 0
      for i = 1, 40 do
        if (i + seed) % 4 == 0 then
          lock:acquire_write()
          if not writing:acquire(0) then broken = broken + 1 end
          for _ = 1, 100 do if not reading:acquire(0) then broken = broken + 1 end end
          if i % 8 == 0 then task.sleep(0) end
          reading:release(100)
          writing:release()
          lock:release_write()
        else
          lock:acquire_read()
          if not reading:acquire(0) then broken = broken + 1 end
          if i % 5 == 0 then task.sleep(0) end
          reading:release()
          lock:release_read()
        end
      end
      return broken
    end
    local list = {}
    for i = 1, 5 do list[i] = spawn(work, i) end
    expect(units.results(list)):same { 0, 0, 0, 0, 0 }
    expect(lock:acquire_write(0)):is_true()
  end)

  test("readers that come and go do not keep a writer out" .. suffix, function()
    local lock, stop = sync.RWLock(), sync.Event()
    local function read()
      while not stop:is_set() do
        lock:acquire_read()
        task.sleep(0)
        lock:release_read()
      end
    end
    local readers = { spawn(read), spawn(read), spawn(read) }
    local writer = spawn(function()
      for _ = 1, 10 do
        lock:acquire_write()
        lock:release_write()
      end
      return true
    end)
    expect(writer:result()):is_true()
    stop:set()
    units.results(readers)
  end)

  test("a holder that ends hands it on" .. suffix, function()
    local lock = sync.RWLock()
    spawn(function() lock:acquire_write() end):join()
    expect(table.pack(lock:acquire_read())):same { true, "owner_died", n = 2 }
    lock:release_read()
    spawn(function()
      lock:acquire_read()
      lock:acquire_read()
    end):join()
    -- A reader has left nothing half done.
    expect(table.pack(lock:acquire_write())):same { true, n = 1 }
    lock:release_write()
  end)

  test("a writer that gives up lets those in who waited behind it" .. suffix, function()
    local lock = sync.RWLock()
    lock:acquire_read()
    local writer = spawn(function() lock:acquire_write() end)
    units.meet_waiting(1, "an RWLock to write")
    local reader = spawn(function() return (lock:acquire_read()) end)
    units.meet_waiting(1, "an RWLock to read")
    writer:cancel()
    expect(reader:result()):is_true()
    expect(pcall(writer.result, writer)):is_false()
    lock:release_read()
  end)

  test("acquire(t) is false when the time is up, and leaves nothing behind" .. suffix, function()
    local lock = sync.RWLock()
    lock:acquire_write()
    expect(spawn(function()
      return { lock:acquire_read(0.01), lock:acquire_write(0.01), lock:acquire_read(0) }
    end):result()):same { false, false, false }
    lock:release_write()
    expect(spawn(function()
      local read = lock:acquire_read(0)
      lock:release_read()
      return { read, lock:acquire_write(0) }
    end):result()):same { true, true }
  end)

  test("a cancelled wait has not taken it" .. suffix, function()
    local lock = sync.RWLock()
    lock:acquire_write()
    local waiters = { spawn(function() lock:acquire_read() end), spawn(function() lock:acquire_write() end) }
    units.meet_waiting(1, "an RWLock to read")
    units.meet_waiting(1, "an RWLock to write")
    for _, waiter in ipairs(waiters) do
      waiter:cancel()
      waiter:join()
      expect(waiter:cancelled()):is_true()
    end
    lock:release_write()
    expect(table.pack(lock:acquire_write(0))):same { true, n = 1 }
  end)
end)

test("one that is collected while it is held does no harm", function()
  for i = 1, 50 do
    task.run(function()
      local lock = sync.RWLock()
      if i % 2 == 0 then lock:acquire_read() else lock:acquire_write() end
      lock = nil -- luacheck: ignore
      collectgarbage()
    end)
  end
  expect(true):is_true()
end)
