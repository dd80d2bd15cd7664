-- Example 004-1: a program is one process, another one each time.

local support = require "support"

test("004-1: the main process", function()
  local pids = {}
  for i = 1, 2 do
    local lines, _, err, status = support.example("processes/004-01_main_process.lua", 0)
    expect(#lines):equals(1)
    pids[i] = lines[1]:match "^I am the main process, my pid is (%d+)$"
    expect(err):equals ""
    expect(status):equals(0)
  end
  expect(pids[1] ~= pids[2]):is_true()
end)
