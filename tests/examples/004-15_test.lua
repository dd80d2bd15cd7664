-- Example 004-15: as daemons both words end with the main thread.

local support = require "support"

test("004-15: daemons end with the main thread", function()
  local lines, elapsed, err, status =
    support.example("threads/004-15_daemon_ping_pong.lua", 0.02)
  local rest, pings = lines[1]:gsub("Ping", "")
  local pongs
  rest, pongs = rest:gsub("Pong", "")
  expect(rest):equals ""
  expect(pings):at_least(5)
  expect(pongs):at_least(5)
  expect(elapsed):at_least(1)
  expect(err):equals ""
  expect(status):equals(0)
end)
