-- Example 001-13: the lines of the two tasks alternate.

local support = require "support"

test("001-13: sing and dance alternate", function()
  local lines, elapsed, err, status = support.example("tasks/001-13_sing_and_dance.lua", 0.2)
  expect(lines):same {
    "singing...", "dancing...", "singing...", "dancing...", "singing...", "dancing...",
  }
  expect(elapsed):at_least(0.6)
  expect(err):equals ""
  expect(status):equals(0)
end)
