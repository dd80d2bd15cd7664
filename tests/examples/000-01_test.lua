-- Example 000-1: each task runs twice, its callback gets its result, and "main done" is last.

local support = require "support"

test("000-1: a pool of threads, callbacks, shutdown", function()
  local lines, _, err, status = support.example("pools/000-01_thread_pool.lua", 0.01)
  local counts, expected = {}, {}
  for i = 1, #lines - 1 do counts[lines[i]] = (counts[lines[i]] or 0) + 1 end
  for i = 1, 19 do
    expected["ran task_" .. i] = 2
    expected["MainThread: got the result of task_" .. i] = 1
  end
  expect(counts):same(expected)
  expect(lines[#lines]):equals "main done"
  expect(err):equals ""
  expect(status):equals(0)
end)
