-- Example 000-4: all three generations print the same, one after the other.

local support = require "support"

test("000-4: three generations of running a coroutine print the same", function()
  local lines, elapsed, err, status =
    support.example("tasks/000-04_three_generations.lua", 0.1)
  expect(lines):same { "start", "end", "start", "end", "start", "end" }
  expect(elapsed):at_least(0.3)
  expect(err):equals ""
  expect(status):equals(0)
end)
