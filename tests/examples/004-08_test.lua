-- Example 004-8: one thread, then two.

local support = require "support"

test("004-8: a thread beside the main one", function()
  local lines, _, err, status = support.example("threads/004-08_a_thread.lua", 0)
  expect(lines):same {
    "number of threads: 1", "the thread starts", "number of threads: 2", "the thread ends",
  }
  expect(err):equals ""
  expect(status):equals(0)
end)
