-- Example 000-12: what has not finished at the timeout of wait comes back as pending.

local support = require "support"

test("000-12: unfinished tasks come back as pending", function()
  local lines, elapsed, err, status =
    support.example("tasks/000-12_wait_with_a_timeout.lua", 0.2)
  expect(lines):same {
    "done: foo-1", "done: foo-2",
    "pending: done() is false", "pending: done() is false", "pending: done() is false",
  }
  expect(elapsed):at_least(0.6)
  expect(elapsed):at_most(3.8)
  expect(err):equals ""
  expect(status):equals(0)
end)
