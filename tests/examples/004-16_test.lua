-- Example 004-16: 0 with the lock, not 0 without.

local support = require "support"

test("004-16: a counter without and with a lock", function()
  local lines, _, err, status =
    support.example("threads/004-16_counter_with_a_lock.lua", 0, { BRAID_ROUNDS = 300000 })
  expect(#lines):equals(2)
  local without = tonumber(lines[1]:match "^without the lock: (%-?%d+)$")
  expect(without ~= nil and without ~= 0):is_true()
  expect(lines[2]):equals "with the lock: 0"
  expect(err):equals ""
  expect(status):equals(0)
end)
