-- Example 002-9: the sum of 1 to 100 and their squares, written by another process.

local support = require "support"

test("002-9: Value and Array between processes", function()
  local lines, _, err, status = support.example("processes/002-09_value_and_array.lua", 0)
  expect(#lines):equals(101)
  expect(lines[1]):equals "5050"
  for i = 1, 100 do expect(lines[i + 1]):equals(tostring(i * i)) end
  expect(err):equals ""
  expect(status):equals(0)
end)
