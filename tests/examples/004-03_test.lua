-- Example 004-3: with join the main process goes on after its child, without before.

local support = require "support"

test("004-3: without and with join", function()
  local lines, elapsed, err, status = support.example("processes/004-03_join.lua", 0.3)
  local kinds = {}
  for i, line in ipairs(lines) do kinds[i] = line:match "^(.-),? ?m?y? ?p?i?d? ?i?s? ?%d*$" end
  local main, code, rest = "I am the main process", "begin to write code", "have a rest"
  expect(kinds):same {
    "without join:", main, main, code, rest, "with join:", main, code, rest, main,
  }
  expect(elapsed):at_least(0.9)
  expect(err):equals ""
  expect(status):equals(0)
end)
