-- Example 003-2: the main thread finds the list empty, and filled when the pool has ended.

local support = require "support"

test("003-2: a pool of threads fills a shared list", function()
  local lines, elapsed, err, status = support.example("pools/003-02_shared_list.lua", 0.5)
  local place, workers = {}, {}
  for i, line in ipairs(lines) do
    place[line] = i
    local name, worker = line:match "^(%a+) starts in (.*)$"
    if name then workers[name] = worker end
  end
  expect(lines[1]):equals "main is in MainThread"
  expect(lines[2]):equals "list at first: {}"
  local submitted = place["list when both are submitted: {}"]
  for _, name in ipairs { "foo", "bar" } do
    expect(workers[name]):matches "^ThreadPoolExecutor%-0_[01]$"
    expect(place[name .. " ends"] > submitted):is_true()
  end
  expect(workers.foo ~= workers.bar):is_true()
  local items = lines[#lines - 1]:match "^list when both have ended: {(.*)}$"
  expect(items == "foo, bar" or items == "bar, foo"):is_true()
  local times = {}
  for _, line in ipairs(lines) do times[#times + 1] = tonumber(line:match "^running time: (.*)$") end
  expect(#times):equals(2)
  expect(times[1]):at_most(0.45)
  expect(times[2]):at_least(0.5)
  expect(times[2]):at_most(0.95)
  expect(elapsed):at_least(times[2])
  expect(err):equals ""
  expect(status):equals(0)
end)
