-- Example 001-6: the program ends when its child has, not when its main chunk has.

local support = require "support"

test("001-6: the main process waits for its children", function()
  local lines, elapsed, err, status =
    support.example("processes/001-06_main_waits_for_children.lua", 0.2)
  expect(#lines):equals(7)
  expect(lines[7]):equals "child: done"
  local seen = {}
  for i, line in ipairs(lines) do seen[line] = i end
  expect(seen["main process: done"]):at_most(5)
  for i = 1, 5 do expect(seen["child: at work " .. i] ~= nil):is_true() end
  expect(elapsed):at_least(1)
  expect(err):equals ""
  expect(status):equals(0)
end)
