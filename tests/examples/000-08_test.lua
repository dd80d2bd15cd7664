-- Example 000-8: wait gives all five as done, none as pending, and each has its result.

local support = require "support"

test("000-8: results through the done list of wait", function()
  local lines, elapsed, err, status =
    support.example("tasks/000-08_results_through_wait.lua", 0.2)
  expect(#lines):equals(16)
  for i = 1, 5 do
    expect(lines[i]):equals "start-foo"
    expect(lines[5 + i]):equals "end-foo"
    expect(lines[10 + i]):equals("foo-" .. i - 1)
  end
  expect(lines[16]):equals "done: 5, pending: 0"
  expect(elapsed):at_least(0.2)
  expect(err):equals ""
  expect(status):equals(0)
end)
