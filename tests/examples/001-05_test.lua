-- Example 001-5: what a child does to a global stays in the child.

local support = require "support"

test("001-5: processes do not share globals", function()
  local lines, _, err, status = support.example("processes/001-05_globals_are_not_shared.lua", 0)
  expect(lines):same {
    "the writing child reads: [0, 1, 2, 3, 4]", "the main process reads: []",
    "the reading child reads: []",
  }
  expect(err):equals ""
  expect(status):equals(0)
end)
