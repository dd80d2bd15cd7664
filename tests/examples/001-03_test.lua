-- Example 001-03: the parrot repeats itself as often as it was told.

local support = require "support"

test("001-03: arguments through args", function()
  local lines, _, err, status = support.example("processes/001-03_args.lua", 0)
  expect(lines[1]):equals "the parrot has got its task: to repeat itself 5 times"
  for i = 2, 5 + 1 do expect(lines[i]):equals "I am a parrot!" end
  expect(lines[5 + 2]):equals "the task is done"
  expect(#lines):equals(5 + 2)
  expect(err):equals ""
  expect(status):equals(0)
end)
