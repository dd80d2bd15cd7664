-- Example 002-13: two threads take half the time of one. How much faster they are is asserted only
-- where two cores are there and little else runs on them.

local support = require "support"

local function two_cores_are_idle()
  local cores = tonumber((support.run "nproc")) or 1
  local file = io.open "/proc/loadavg"
  if not file then return false end
  local load = tonumber(file:read "n")
  file:close()
  return cores >= 2 and load <= cores - 1.5
end

test("002-13: two threads take half the time of one", function()
  local idle = two_cores_are_idle()
  local lines, _, err, status =
    support.example("threads/002-13_no_interpreter_lock.lua", 0, { BRAID_FIB = 34 })
  expect(#lines):equals(3)
  expect(lines[1]):matches "^one thread, fib%(34%) twice:      [%d.]+ s$"
  expect(lines[2]):matches "^two threads, fib%(34%) once each: [%d.]+ s$"
  local ratio = tonumber(lines[3]:match "^ratio: ([%d.]+)$")
  expect(ratio ~= nil):is_true()
  if idle then expect(ratio):at_most(0.8) end
  expect(err):equals ""
  expect(status):equals(0)
end)
