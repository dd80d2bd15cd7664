-- Example 004-6: with a counter that both know there are 50 words.

local support = require "support"

test("004-6: Ping Pong with a queue", function()
  local lines, _, err, status = support.example("processes/004-06_ping_pong_with_a_queue.lua", 0.001)
  local rest, pings = lines[1]:gsub("Ping", "")
  local others, pongs = rest:gsub("Pong", "")
  expect(others):equals ""
  expect(pings + pongs):equals(50)
  expect(pings):at_least(1)
  expect(pongs):at_least(1)
  expect(err):equals ""
  expect(status):equals(0)
end)
