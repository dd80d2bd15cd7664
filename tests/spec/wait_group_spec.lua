-- WaitGroup: a count of what is still to be done.

local sync = require "braid.sync"
local task = require "braid.task"
local units = require "units"

test("wait returns at once while nothing is to be done", function()
  local group = sync.WaitGroup()
  expect(group:wait()):is_true()
  expect(group:wait(0)):is_true()
  group:add()
  expect(group:wait(0)):is_false()
  group:add(2)
  group:add(-2)
  expect(group:wait(0.005)):is_false()
  group:done()
  expect(group:wait()):is_true()
end)

test("a count below zero raises and changes nothing", function()
  local group = sync.WaitGroup()
  expect_error(function() group:done() end, "invalid_state")
  group:add(2)
  expect_error(function() group:add(-3) end, "invalid_state")
  group:done()
  expect(group:wait(0)):is_false()
  group:done()
  expect(group:wait(0)):is_true()
end)

test("a count beyond an integer raises and changes nothing", function()
  local group = sync.WaitGroup()
  group:add(math.maxinteger)
  expect_error(function() group:add() end, "invalid_state")
  group:add(-math.maxinteger)
  expect(group:wait(0)):is_true()
end)

test("wrong arguments raise", function()
  local group = sync.WaitGroup()
  expect_error(function() group:add("x") end, "bad argument #1 to 'add'")
  expect_error(function() group:add(1.5) end, "no integer representation")
  expect_error(function() group:wait(0 / 0) end, "nan")
  expect_error(function() group.done(1) end, "WaitGroup expected, got number")
  expect(tostring(group)):matches "^WaitGroup: "
end)

units.each(function(kind, spawn)
  local suffix = (" (%s)"):format(kind)

  test("the last done wakes all who wait" .. suffix, function()
    local group, list = sync.WaitGroup(), {}
    group:add(3)
    for i = 1, 3 do list[i] = spawn(function() return group:wait() end) end
    units.meet_waiting(3, "a WaitGroup")
    for _ = 1, 3 do spawn(function() group:done() end):join() end
    expect(units.results(list)):same { true, true, true }
  end)

  test("it serves again" .. suffix, function()
    local group = sync.WaitGroup()
    for _ = 1, 3 do
      for _ = 1, 4 do
        group:add()
        spawn(function()
          task.sleep(0)
          group:done()
        end)
      end
      expect(group:wait()):is_true()
    end
  end)

  test("a cancelled wait ends alone" .. suffix, function()
    local group = sync.WaitGroup()
    group:add()
    local waiter = spawn(function() group:wait() end)
    units.meet_waiting(1, "a WaitGroup")
    waiter:cancel()
    waiter:join()
    expect(waiter:cancelled()):is_true()
    group:done()
    expect(group:wait(0)):is_true()
  end)
end)
