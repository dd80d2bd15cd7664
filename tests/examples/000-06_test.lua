-- Example 000-6: five at once, so all start before one ends and the total is one delay, not five.

local support = require "support"

test("000-6: wait on five tasks takes one delay", function()
  local lines, elapsed, err, status = support.example("tasks/000-06_wait.lua", 0.4)
  expect(lines):same {
    "start-foo", "start-foo", "start-foo", "start-foo", "start-foo",
    "end-foo", "end-foo", "end-foo", "end-foo", "end-foo",
  }
  expect(elapsed):at_least(0.4)
  expect(elapsed):at_most(1.8)
  expect(err):equals ""
  expect(status):equals(0)
end)
