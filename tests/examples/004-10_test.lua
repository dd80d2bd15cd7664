-- Example 004-10: arguments arrive with their types, a table as a copy.

local support = require "support"

test("004-10: arguments of several types", function()
  local lines, _, err, status = support.example("threads/004-10_arguments.lua", 0)
  expect(lines):same {
    "the thread starts",
    "arguments: 1 2 {c=3}",
    "types: integer string table integer",
    "the thread ends",
    "the main thread's table: {c=3}",
  }
  expect(err):equals ""
  expect(status):equals(0)
end)
