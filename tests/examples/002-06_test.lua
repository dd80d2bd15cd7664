-- Example 002-6: everything comes out in order; a closed queue takes nothing and says so.

local support = require "support"

test("002-6: SimpleQueue", function()
  local lines, _, err, status = support.example("threads/002-06_simple_queue.lua", 0.02)
  expect(lines[1]):equals "empty at first: true"
  local produced, consumed = {}, {}
  for _, line in ipairs(lines) do
    table.insert(produced, line:match "^producer: (.*)$")
    table.insert(consumed, line:match "^consumer: (.*)$")
  end
  expect(produced):same { "1", "2", "3", "4", "5" }
  expect(consumed):same { "1", "2", "3", "4", "5", "closed" }
  expect(lines[#lines]):matches "^put when it is closed:%s+false%s.*closed"
  expect(#lines):equals(13)
  expect(err):equals ""
  expect(status):equals(0)
end)
