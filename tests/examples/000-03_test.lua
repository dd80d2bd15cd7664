-- Example 000-3: as 000-1, and the workers have pids of their own.

local support = require "support"

test("000-3: a pool of processes, callbacks, shutdown", function()
  local lines, _, err, status = support.example("pools/000-03_process_pool.lua", 0.01)
  local main = lines[#lines]:match "^(%d+): main done$"
  expect(main ~= nil):is_true()
  local counts, expected, workers = {}, {}, {}
  for i = 1, #lines - 1 do
    local pid, what = lines[i]:match "^(%d+): (.*)$"
    counts[what] = (counts[what] or 0) + 1
    if what:match "^ran" then workers[pid] = true else expect(pid):equals(main) end
  end
  for i = 1, 19 do
    expected["ran task_" .. i] = 2
    expected["got the result of task_" .. i] = 1
  end
  expect(counts):same(expected)
  expect(next(workers) ~= nil):is_true()
  expect(workers[main]):is_nil()
  expect(err):equals ""
  expect(status):equals(0)
end)
