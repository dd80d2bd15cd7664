-- Example 000-9: wait returns at the first error, the script goes on, result() raises.

local support = require "support"

test("000-9: wait with FIRST_EXCEPTION returns at the first error", function()
  local lines, elapsed, err, status = support.example("tasks/000-09_first_exception.lua", 0.3)
  expect(#lines):equals(9)
  for i = 1, 5 do expect(lines[i]):equals "start-foo" end
  expect(lines[6]):equals "end-foo"
  expect(lines[7]):equals "done: 1, pending: 4"
  expect(lines[8]):matches "^result%(%) raises:%s+false%s.*attempt to divide by zero"
  expect(lines[9]):equals "the script goes on"
  expect(elapsed):at_least(0.3)
  expect(err):equals ""
  expect(status):equals(0)
end)
