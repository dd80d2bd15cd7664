-- Example 001-1: all lines of both processes, those of each in order and with a pid of its own.

local support = require "support"

test("001-1: sing and dance in two processes", function()
  local lines, elapsed, err, status = support.example("processes/001-01_sing_and_dance.lua", 0.3)
  expect(#lines):equals(7)
  local main, places, pids = nil, { singing = {}, dancing = {} }, {}
  for i, line in ipairs(lines) do
    main = main or line:match "^(%d+): the main process$"
    local pid, what, step = line:match "^(%d+): (%a+) (%d)$"
    if pid then
      pids[what] = pids[what] or pid
      expect(pid):equals(pids[what])
      table.insert(places[what], i)
      expect(tonumber(step)):equals(#places[what])
    end
  end
  expect(#places.singing):equals(3)
  expect(#places.dancing):equals(3)
  expect(places.dancing[1] < places.singing[3]):is_true()
  expect(places.singing[1] < places.dancing[3]):is_true()
  expect(pids.singing ~= pids.dancing and main ~= pids.singing and main ~= pids.dancing):is_true()
  expect(elapsed):at_least(0.9)
  expect(err):equals ""
  expect(status):equals(0)
end)
