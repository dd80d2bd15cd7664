-- Event: a flag that units wait for.

local sync = require "braid.sync"
local task = require "braid.task"
local units = require "units"

test("an event is unset until it is set, and set until it is cleared", function()
  local event = sync.Event()
  expect(event:is_set()):is_false()
  event:set()
  event:set()
  expect(event:is_set()):is_true()
  expect(event:wait()):is_true()
  event:clear()
  expect(event:is_set()):is_false()
  expect(event:wait(0)):is_false()
end)

test("set wakes those who wait, even when it is cleared at once", function()
  local event = sync.Event()
  local list = {}
  for i = 1, 3 do list[i] = task.spawn(event.wait, event) end
  task.yield()
  event:set()
  event:clear()
  expect(units.results(list)):same { true, true, true }
end)

test("wrong arguments raise", function()
  local event = sync.Event()
  expect_error(function() event:wait("x") end, "bad argument #1 to 'wait'")
  expect_error(function() event:wait(0 / 0) end, "nan")
  expect_error(function() event.set({}) end, "Event expected, got table")
  expect(tostring(event)):matches "^Event: "
end)

units.each(function(kind, spawn)
  local suffix = (" (%s)"):format(kind)

  test("every unit that waits goes on" .. suffix, function()
    local event, list = sync.Event(), {}
    for i = 1, 5 do list[i] = spawn(function() return event:wait(), event:wait() end) end
    units.meet_waiting(5, "an Event")
    event:set()
    expect(units.results(list)):same { true, true, true, true, true }
  end)

  test("wait(t) is false when the time is up" .. suffix, function()
    local event = sync.Event()
    expect(spawn(function()
      local time = require "braid.time"
      local start = time.monotonic()
      local result = event:wait(0.02)
      return { result, time.monotonic() - start >= 0.02, event:wait(0), event:wait(-1) }
    end):result()):same { false, true, false, false }
  end)

  test("a cancelled wait ends alone" .. suffix, function()
    local event = sync.Event()
    local cancelled, other = spawn(event.wait, event), spawn(event.wait, event)
    units.meet_waiting(2, "an Event")
    cancelled:cancel()
    cancelled:join()
    expect(cancelled:cancelled()):is_true()
    event:set()
    expect(other:result()):is_true()
  end)
end)
