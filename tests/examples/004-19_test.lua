-- Example 004-19: a timer starts after its delay; one that is cancelled never does.

local support = require "support"

test("004-19: a timer starts after its delay and can be cancelled", function()
  local lines, elapsed, err, status = support.example("threads/004-19_timer.lua", 0.1)
  expect(#lines):equals(4)
  expect(lines[1]):equals "the thread starts"
  expect(lines[2]):equals "the thread ends"
  local first = tonumber(lines[3]:match "^the first timer is done after ([%d.]+) s$")
  local second = tonumber(lines[4]:match "^the second one is done after ([%d.]+) s$")
  expect(first):at_least(0.5)
  expect(second):at_least(first)
  expect(second):at_most(4)
  expect(elapsed):at_most(4.5)
  expect(err):equals ""
  expect(status):equals(0)
end)
