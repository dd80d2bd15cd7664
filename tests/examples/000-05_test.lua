-- Example 000-5: three ways to make a task give one class, and all six tasks finish.

local support = require "support"

test("000-5: three ways to make a task give the same class and all finish", function()
  local lines, elapsed, err, status =
    support.example("tasks/000-05_three_ways_to_make_a_task.lua", 0.3)
  local expected = {}
  for i = 1, 6 do
    expected[i] = ("task %d: same class: true, result: %s"):format(i, i % 2 == 1 and "foo" or "bar")
  end
  expect(lines):same(expected)
  expect(elapsed):at_least(0.3)
  expect(elapsed):at_most(1.5)
  expect(err):equals ""
  expect(status):equals(0)
end)
