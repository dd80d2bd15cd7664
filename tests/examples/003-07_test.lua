-- Example 003-7: a hundred waits in two processes, many at once in each.

local support = require "support"

test("003-7: tasks inside worker processes", function()
  local lines, elapsed, err, status =
    support.example("pools/003-07_tasks_in_worker_processes.lua", 0.5)
  local main = lines[1]:match "^main is process (%d+)$"
  local calls, waits = 0, 0
  for i = 2, #lines - 1 do
    local pid, count, at_once = lines[i]:match "^process (%d+): (%d+) calls, up to (%d+) at once$"
    expect(pid ~= nil and pid ~= main):is_true()
    expect(tonumber(at_once)):at_least(10)
    expect(tonumber(at_once)):at_most(50)
    calls, waits = calls + count, waits + 1
  end
  expect(waits):at_least(1)
  expect(waits):at_most(2)
  expect(calls):equals(100)
  local total = tonumber(lines[#lines]:match "^running time: ([%d.]+)$")
  expect(total):at_least(0.5)
  expect(total):at_most(5) -- one by one in two processes it would be 25
  expect(elapsed):at_least(total)
  expect(err):equals ""
  expect(status):equals(0)
end)
