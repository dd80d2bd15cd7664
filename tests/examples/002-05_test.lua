-- Example 002-5: nothing is lost when the producer has gone before the consumer begins.

local support = require "support"

test("002-5: a Queue between two processes", function()
  local lines, _, err, status =
    support.example("processes/002-05_queue.lua", 0, { BRAID_ROUNDS = 50000 })
  expect(lines):same {
    "producer: done", "the producer's exit code\t0", "consumer: begins", "consumer: done",
    "50000 numbers, all as they were put: true",
  }
  expect(err):equals ""
  expect(status):equals(0)
end)
