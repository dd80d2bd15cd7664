-- Example 004-2: the child has a pid of its own.

local support = require "support"

test("004-2: a child process", function()
  local lines, _, err, status = support.example("processes/004-02_child_process.lua", 0)
  expect(#lines):equals(3)
  local main = lines[1]:match "^I am the main process, my pid is (%d+)$"
  local child = lines[2]:match "^begin to write code, my pid is (%d+)$"
  expect(lines[3]):equals("have a rest, my pid is " .. child)
  expect(main ~= child):is_true()
  expect(err):equals ""
  expect(status):equals(0)
end)
