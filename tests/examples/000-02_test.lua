-- Example 000-2: two workers greet four names in two delays; each result comes when it is there.

local support = require "support"

test("000-2: four names, two workers, results as they complete", function()
  local lines, elapsed, err, status = support.example("pools/000-02_two_workers.lua", 0.5)
  expect(#lines):equals(9)
  local workers, greeted, results, after = {}, {}, 0, {}
  for _, line in ipairs(lines) do
    local worker, hello = line:match "^(%S+) says hello to (%a+)$"
    if worker then workers[worker], greeted[hello] = true, true end
    local name, seconds = line:match "^MainThread got the result (%a+) after ([%d.]+) s$"
    if name then
      expect(greeted[name]):is_true()
      greeted[name] = nil
      results = results + 1
      after[results] = tonumber(seconds)
    end
  end
  expect(results):equals(4)
  expect(greeted):same {}
  expect(workers):same { ["ThreadPoolExecutor-0_0"] = true, ["ThreadPoolExecutor-0_1"] = true }
  expect(after[1]):at_least(0.5)
  expect(after[1]):at_most(0.95)
  expect(after[4]):at_least(1)
  local total = tonumber(lines[9]:match "^MainThread: ([%d.]+) s$")
  expect(total):at_least(1)
  expect(total):at_most(1.9)
  expect(elapsed):at_least(total)
  expect(err):equals ""
  expect(status):equals(0)
end)
