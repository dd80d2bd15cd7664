-- Example 002-7: join returns when every item is reported as done, and not before.

local support = require "support"

test("002-7: JoinableQueue, task_done and join", function()
  local lines, elapsed, err, status = support.example("threads/002-07_joinable_queue.lua", 0.1)
  expect(#lines):equals(8)
  local put, done = nil, {}
  for i = 1, 7 do
    local item = tonumber(lines[i]:match "^Thread%-%d: item (%d) is done$")
    if item then
      done[item] = true
    else
      expect(lines[i]):equals "six items were put"
      put = i
    end
  end
  expect(put ~= nil):is_true()
  expect(done):same { true, true, true, true, true, true }
  expect(lines[8]):equals "all of them are done"
  expect(elapsed):at_least(0.3)
  expect(err):equals ""
  expect(status):equals(0)
end)
