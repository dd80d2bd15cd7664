-- Example 003-6: ten results from four processes in three delays, and a list that stays empty.

local support = require "support"

test("003-6: a task awaits a pool of processes", function()
  local lines, elapsed, err, status = support.example("pools/003-06_tasks_await_processes.lua", 0.2)
  expect(#lines):equals(16)
  local main = lines[1]:match "^main is in process (%d+)$"
  expect(lines[2]):equals("foo starts in process " .. main)
  local workers = 0
  local seen = {}
  for i = 3, 12 do
    local pid = lines[i]:match "^my_func is in process (%d+)$"
    expect(pid ~= nil and pid ~= main):is_true()
    if not seen[pid] then workers = workers + 1 end
    seen[pid] = true
  end
  expect(workers):at_least(2)
  expect(workers):at_most(4)
  expect(lines[13]):equals "foo ends"
  expect(lines[14]):equals "items in the list at last: 0"
  local results = {}
  for item in lines[15]:match("^results: (.*)$"):gmatch "%d+" do
    results[#results + 1] = tonumber(item)
  end
  table.sort(results)
  expect(results):same { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }
  local total = tonumber(lines[16]:match "^running time: ([%d.]+)$")
  expect(total):at_least(0.6)
  expect(elapsed):at_least(total)
  expect(err):equals ""
  expect(status):equals(0)
end)
