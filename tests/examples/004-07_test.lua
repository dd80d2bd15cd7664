-- Example 004-7: one thread.

local support = require "support"

test("004-7: a program has one thread from the start", function()
  local lines, _, err, status = support.example("threads/004-07_main_thread.lua", 0)
  expect(lines):same { "number of threads: 1" }
  expect(err):equals ""
  expect(status):equals(0)
end)
