-- Example 001-8: all lines of both threads, those of each thread in order; neither waits for the
-- other to end.

local support = require "support"

test("001-8: sing and dance in two threads", function()
  local lines, elapsed, err, status = support.example("threads/001-08_sing_and_dance.lua", 0.3)
  expect(#lines):equals(6)
  local places = { singing = {}, dancing = {} }
  for i, line in ipairs(lines) do
    local name, what, step = line:match "^(%a+): (%a+) (%d)$"
    expect(name):equals(what == "singing" and "singer" or "dancer")
    table.insert(places[what], i)
    expect(tonumber(step)):equals(#places[what])
  end
  expect(#places.singing):equals(3)
  expect(places.dancing[1] < places.singing[3]):is_true()
  expect(places.singing[1] < places.dancing[3]):is_true()
  expect(elapsed):at_least(0.9)
  expect(err):equals ""
  expect(status):equals(0)
end)
