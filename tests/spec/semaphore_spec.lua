-- Semaphore and BoundedSemaphore: permits that any unit takes and any unit gives.

local sync = require "braid.sync"
local task = require "braid.task"
local units = require "units"

for _, name in ipairs { "Semaphore", "BoundedSemaphore" } do
  local new = sync[name]

  test(name .. ": as many permits as it was made with, one by default", function()
    local one, three = new(), new(3)
    expect(one:acquire()):is_true()
    expect(one:acquire(0)):is_false()
    expect(one:try_acquire()):is_false()
    for _ = 1, 3 do expect(three:acquire(0)):is_true() end
    expect(three:acquire(0)):is_false()
    three:release(2)
    three:release()
    for _ = 1, 3 do expect(three:acquire(0)):is_true() end
    expect(new(0):acquire(0)):is_false()
  end)

  test(name .. ": guard and with release on every way out", function()
    local semaphore = new()
    do
      local _ <close> = semaphore:guard()
      expect(semaphore:acquire(0)):is_false()
    end
    expect(semaphore:with(function(x) return x end, "x")):equals "x"
    expect_error(function() semaphore:with(error, "on purpose") end, "on purpose")
    local t = task.spawn(semaphore.with, semaphore, task.sleep, 60)
    task.yield()
    expect(semaphore:acquire(0)):is_false()
    t:cancel()
    t:join()
    expect(semaphore:acquire(0)):is_true()
  end)

  test(name .. ": wrong arguments raise and change nothing", function()
    expect_error(function() new(-1) end, "bad argument #1 .* %(must not be negative%)")
    expect_error(function() new(1.5) end, "no integer representation")
    expect_error(function() new {} end, "number expected, got table")
    local semaphore = new()
    semaphore:acquire()
    expect_error(function() semaphore:release(0) end, "must be positive")
    expect_error(function() semaphore:release(-1) end, "must be positive")
    expect_error(function() semaphore:release("x") end, "bad argument #1 to 'release'")
    expect_error(function() semaphore:acquire(0 / 0) end, "nan")
    expect_error(function() semaphore.acquire(sync.Lock()) end, "Semaphore expected")
    expect(semaphore:acquire(0)):is_false()
    expect(tostring(semaphore)):matches "^Semaphore: "
  end)

  units.each(function(kind, spawn)
    local suffix = (" (%s)"):format(kind)

    test(name .. ": release(n) lets n of those go on that wait" .. suffix, function()
      local semaphore, passed = new(7), sync.Semaphore(0)
      for _ = 1, 7 do semaphore:acquire() end
      local list = {}
      for i = 1, 5 do
        list[i] = spawn(function()
          semaphore:acquire()
          passed:release()
          return true
        end)
      end
      units.meet_waiting(5, "a Semaphore")
      semaphore:release(2)
      for _ = 1, 2 do passed:acquire() end
      units.meet_waiting(3, "a Semaphore")
      expect(passed:acquire(0)):is_false()
      semaphore:release(3)
      expect(units.results(list)):same { true, true, true, true, true }
      expect(semaphore:acquire(0)):is_false()
    end)

    test(name .. ": never more inside than there are permits" .. suffix, function()
      local semaphore, inside = new(3), sync.Semaphore(3)
      local function work()
        local broken = 0
        for i = 1, 40 do
          semaphore:acquire()
          if not inside:acquire(0) then broken = broken + 1 end
          if i % 7 == 0 then task.sleep(0) end
          inside:release()
          semaphore:release()
        end
        return broken
      end
      local list = {}
      for i = 1, 6 do list[i] = spawn(work) end
      expect(units.results(list)):same { 0, 0, 0, 0, 0, 0 }
      for _ = 1, 3 do expect(semaphore:acquire(0)):is_true() end
      expect(semaphore:acquire(0)):is_false()
    end)

    test(name .. ": acquire(t) is false when the time is up" .. suffix, function()
      local semaphore = new()
      semaphore:acquire()
      expect(spawn(function()
        local time = require "braid.time"
        local start = time.monotonic()
        local got = semaphore:acquire(0.02)
        return { got, time.monotonic() - start >= 0.02, semaphore:acquire(-1) }
      end):result()):same { false, true, false }
      semaphore:release()
      expect(semaphore:acquire(0)):is_true()
    end)

    test(name .. ": a cancelled wait has taken no permit" .. suffix, function()
      local semaphore = new()
      semaphore:acquire()
      local waiter = spawn(function() semaphore:acquire() end)
      units.meet_waiting(1, "a Semaphore")
      waiter:cancel()
      waiter:join()
      expect(waiter:cancelled()):is_true()
      semaphore:release()
      expect(semaphore:acquire(0)):is_true()
      expect(semaphore:acquire(0)):is_false()
    end)

    test(name .. ": any unit releases what another acquired" .. suffix, function()
      local semaphore = new()
      semaphore:acquire()
      spawn(function() semaphore:release() end):join()
      expect(semaphore:acquire(0)):is_true()
    end)
  end)
end

test("Semaphore: release makes permits that were not there", function()
  local semaphore = sync.Semaphore(0)
  semaphore:release(2)
  expect(semaphore:acquire(0)):is_true()
  expect(semaphore:acquire(0)):is_true()
  expect(semaphore:acquire(0)):is_false()
end)

test("Semaphore: more permits than an integer holds are an error", function()
  local semaphore = sync.Semaphore(math.maxinteger)
  expect_error(function() semaphore:release() end, "invalid_state")
  semaphore:acquire()
  semaphore:release()
  expect_error(function() semaphore:release(math.maxinteger) end, "invalid_state")
end)

test("BoundedSemaphore: releasing beyond what it began with raises, and gives nobody anything", function()
  local semaphore = sync.BoundedSemaphore(3)
  expect_error(function() semaphore:release() end, "invalid_state")
  semaphore:acquire()
  semaphore:acquire()
  expect_error(function() semaphore:release(3) end, "invalid_state")
  expect(semaphore:acquire(0)):is_true()
  expect(semaphore:acquire(0)):is_false()
  semaphore:release(3)
  expect_error(function() semaphore:release(math.maxinteger) end, "invalid_state")
end)

test("Semaphore: permits go to those who wait in the order in which they came", function()
  local semaphore, order, list = sync.Semaphore(0), {}, {}
  for i = 1, 4 do
    list[i] = task.spawn(function()
      semaphore:acquire()
      order[#order + 1] = i
    end)
  end
  task.yield()
  semaphore:release(2)
  semaphore:release(2)
  task.joinall(list)
  expect(order):same { 1, 2, 3, 4 }
end)
