-- Example 001-11: updates are lost without a lock, none with join or with a mutex.

local support = require "support"

test("001-11: lost updates, and two cures", function()
  local lines, _, err, status =
    support.example("threads/001-11_mutex.lua", 0, { BRAID_ROUNDS = 300000 })
  expect(#lines):equals(3)
  local left = tonumber(lines[1]:match "^left to themselves: (%d+) of 600000$")
  expect(left):at_least(1)
  expect(left):at_most(599999)
  expect(lines[2]):equals "one after the other, by join: 600000 of 600000"
  expect(lines[3]):equals "with a mutex: 600000 of 600000"
  expect(err):equals ""
  expect(status):equals(0)
end)
