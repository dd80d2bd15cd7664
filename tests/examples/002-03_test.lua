-- Example 002-03: the spinner turns while fib computes; terminated, it is gone.

local support = require "support"

test("002-03: a spinner process that is terminated", function()
  local lines, _, err, status = support.example("processes/002-03_spinner_as_a_subclass.lua", 0.005,
    { BRAID_FIB = 33 })
  local text = table.concat(lines, "\n")
  local turns, pid = text:match "^(.*)\rresult = 3524578\nthe spinner's pid and exit code\t(%d+)\t%-15$"
  expect(select(2, turns:gsub("\rresult = [\\|/-]", ""))):at_least(2)
  expect(io.open("/proc/" .. pid .. "/stat")):is_nil()
  expect(err):equals ""
  expect(status):equals(0)
end)
