-- Example 003-3: the tasks are in the main thread, their work is not; both items are in the list
-- after one delay.

local support = require "support"

test("003-3: tasks await a pool of threads", function()
  local lines, elapsed, err, status = support.example("pools/003-03_tasks_await_threads.lua", 0.5)
  expect(table.move(lines, 1, 4, 1, {})):same {
    "main is in MainThread", "list at first: 0",
    "foo starts in MainThread", "bar starts in MainThread",
  }
  local seen = {}
  for i = 5, 8 do seen[lines[i]] = true end
  expect(seen):same {
    ["my_func is in ThreadPoolExecutor-0_0"] = true,
    ["my_func is in ThreadPoolExecutor-0_1"] = true,
    ["foo ends"] = true, ["bar ends"] = true,
  }
  local items = lines[9]:match "^list at last: (.*)$"
  expect(items == "foo, bar" or items == "bar, foo"):is_true()
  local total = tonumber(lines[10]:match "^running time: ([%d.]+)$")
  expect(total):at_least(0.5)
  expect(total):at_most(0.95)
  expect(elapsed):at_least(total)
  expect(err):equals ""
  expect(status):equals(0)
end)
