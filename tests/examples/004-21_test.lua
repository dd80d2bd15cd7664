-- Example 004-21: hello once; one delay between the lines.

local support = require "support"

test("004-21: hello once", function()
  local lines, elapsed, err, status = support.example("tasks/004-21_hello.lua", 0.3)
  expect(lines):same { "Hello world!", "Hello again!" }
  expect(elapsed):at_least(0.3)
  expect(err):equals ""
  expect(status):equals(0)
end)
