-- Example 002-10: a second program reads what the first has written, and the other way round.

local support = require "support"

test("002-10: SharedMemory in two programs", function()
  local lines, _, err, status = support.example("processes/002-10_shared_memory.lua", 0)
  expect({ table.unpack(lines, 1, 3) }):same {
    "first program: has written 100", "second program: reads 100 of 100 bytes",
    "first program: reads 200",
  }
  expect(lines[4]):matches "^afterwards:\tthere is no shared memory 'example%-%d+'$"
  expect(err):equals ""
  expect(status):equals(0)
end)
