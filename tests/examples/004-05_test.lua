-- Example 004-5: each process counts for itself, so there are 50 of each word.

local support = require "support"

test("004-5: Ping Pong with a global", function()
  local lines, _, err, status = support.example("processes/004-05_ping_pong.lua", 0.001)
  local rest, pings = lines[1]:gsub("Ping", "")
  local others, pongs = rest:gsub("Pong", "")
  expect(others):equals ""
  expect(pings):equals(50)
  expect(pongs):equals(50)
  expect(err):equals ""
  expect(status):equals(0)
end)
