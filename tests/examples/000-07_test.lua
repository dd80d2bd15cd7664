-- Example 000-7: five at once, so all start before one ends and the total is one delay, not five.

local support = require "support"

test("000-7: gather of five functions takes one delay", function()
  local lines, elapsed, err, status = support.example("tasks/000-07_gather.lua", 0.4)
  expect(lines):same {
    "start-foo", "start-foo", "start-foo", "start-foo", "start-foo",
    "end-foo", "end-foo", "end-foo", "end-foo", "end-foo",
  }
  expect(elapsed):at_least(0.4)
  expect(elapsed):at_most(1.8)
  expect(err):equals ""
  expect(status):equals(0)
end)
