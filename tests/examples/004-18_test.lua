-- Example 004-18: three of five pass the barrier, two are reported as waiting for ever.

local support = require "support"

test("004-18: a barrier for three and five threads", function()
  local lines, _, err, status = support.example("threads/004-18_barrier.lua", 0)
  local counts, passed = 0, 0
  for _, line in ipairs(lines) do
    local count = tonumber(line:match "^threads beside the main one: (%d+)$")
    if count then
      expect(count):at_least(1)
      expect(count):at_most(5)
      counts = counts + 1
    else
      expect(line):equals "three threads have come together"
      passed = passed + 1
      expect(counts):at_least(3)
    end
  end
  expect(counts):equals(5)
  expect(passed):equals(3)
  expect(err):matches "deadlock"
  local _, waiting = err:gsub("Thread%-%d+ waits for a Barrier", "")
  expect(waiting):equals(2)
  expect(status):equals(1)
end)
