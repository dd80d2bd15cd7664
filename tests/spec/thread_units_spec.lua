-- braid.units() and tracebacks, of threads.

local sync, thread = require "braid.sync", require "braid.thread"
local units = require "braid.units"

-- A request that came before the thread had begun was lost, and units() waited for it in vain.
test("a thread that was just started answers", function()
  for _ = 1, 50 do
    local event = sync.Event()
    local t = thread.spawn(function() event:wait() end)
    local found = false
    for _, unit in ipairs(units()) do
      expect(type(unit.traceback)):equals "string"
      found = found or unit.kind == "thread" and unit.name == t.name
    end
    expect(found):is_true()
    event:set()
    t:join()
  end
end)

test("a traceback ends with the function that the thread runs", function()
  local shown = thread.spawn(function() return debug.traceback() end):result()
  expect(shown):matches "thread_units_spec.lua:%d+: in function <[^\n]*>$"

  local failed = thread.spawn(function() error "boom" end)
  pcall(failed.result, failed)
  expect(failed:traceback()):matches "thread_units_spec.lua:%d+: in function <[^\n]*>$"

  local raised = thread.spawn(function()
    local _, err = pcall(function() sync.Lock():release() end)
    return err.traceback
  end)
  expect(raised:result()):matches "thread_units_spec.lua:%d+: in function <[^\n]*>$"
end)
