-- Example 001-12: the deadlock is reported with both holders, and the status is 1.

local support = require "support"

test("001-12: a deadlock is reported with both holders", function()
  local lines, _, err, status = support.example("threads/001-12_deadlock.lua", 0)
  table.sort(lines)
  expect(lines):same {
    "left-handed: has the fork, waits for the knife",
    "right-handed: has the knife, waits for the fork",
  }
  expect(err):matches "deadlock"
  expect(err):matches "left%-handed waits for a Lock held by right%-handed"
  expect(err):matches "right%-handed waits for a Lock held by left%-handed"
  expect(status):equals(1)
end)
