-- Example 000-10: gather keeps the order of its arguments, whatever order they end in.

local support = require "support"

test("000-10: gather gives the results in the order of its arguments", function()
  local lines, elapsed, err, status =
    support.example("tasks/000-10_results_through_gather.lua", 0.5)
  expect(#lines):equals(15)
  for i = 1, 5 do
    expect(lines[i]):equals("start-foo " .. i - 1)
    expect(lines[5 + i]):equals("end-foo " .. 5 - i)
    expect(lines[10 + i]):equals("foo-" .. i - 1)
  end
  expect(elapsed):at_least(0.5)
  expect(elapsed):at_most(1.9)
  expect(err):equals ""
  expect(status):equals(0)
end)
