-- Example 004-14: both words go on and on, until Ctrl-C.

local support = require "support"

test("004-14: Ping and Pong do not end by themselves", function()
  local text, _, status = support.endless_example("threads/004-14_endless_ping_pong.lua", 0.005, {},
    function(text) return #text >= 4 * 60 end)
  local rest, pings = text:gsub("Ping", "")
  local pongs
  rest, pongs = rest:gsub("Pong", "")
  expect(rest):equals ""
  expect(pings):at_least(10)
  expect(pongs):at_least(10)
  expect(status):equals(130)
end)
