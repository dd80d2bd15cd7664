-- Example 001-04: the parrot repeats itself as often as it was told.

local support = require "support"

test("001-04: arguments through kwargs", function()
  local lines, _, err, status = support.example("processes/001-04_kwargs.lua", 0)
  expect(lines[1]):equals "the parrot has got its task: to repeat itself 3 times"
  for i = 2, 3 + 1 do expect(lines[i]):equals "I am a parrot!" end
  expect(lines[3 + 2]):equals "the task is done"
  expect(#lines):equals(3 + 2)
  expect(err):equals ""
  expect(status):equals(0)
end)
