-- Example 003-4: ten tasks in the main thread, ten threads, all ten items, one delay.

local support = require "support"

test("003-4: ten tasks with a pool of one thread each", function()
  local lines, elapsed, err, status = support.example("pools/003-04_ten_tasks.lua", 0.5)
  expect(#lines):equals(33)
  expect(lines[1]):equals "main is in MainThread"
  local counts, workers = {}, 0
  for i = 2, 31 do
    counts[lines[i]] = (counts[lines[i]] or 0) + 1
    if lines[i]:match "^my_func is in ThreadPoolExecutor%-%d+_0$" then
      expect(counts[lines[i]]):equals(1)
      workers = workers + 1
    end
  end
  expect(workers):equals(10)
  expect(counts["foo starts in MainThread"]):equals(10)
  expect(counts["foo ends"]):equals(10)
  local items = {}
  for item in lines[32]:match("^list at last: (.*)$"):gmatch "%d+" do
    items[#items + 1] = tonumber(item)
  end
  table.sort(items)
  expect(items):same { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }
  local total = tonumber(lines[33]:match "^running time: ([%d.]+)$")
  expect(total):at_least(0.5)
  expect(total):at_most(2.5)
  expect(elapsed):at_least(total)
  expect(err):equals ""
  expect(status):equals(0)
end)
