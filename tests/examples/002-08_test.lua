-- Example 002-8: the spinner turns while fib computes, and ends by itself when it is told to.

local support = require "support"

test("002-8: a spinner process that is told through a queue", function()
  local lines, _, err, status = support.example("processes/002-08_spinner_with_a_queue.lua", 0.005,
    { BRAID_FIB = 33 })
  local text = table.concat(lines, "\n")
  local turns = text:match "^(.*)\rresult = 3524578\n"
  expect(select(2, turns:gsub("\rresult = [\\|/-]", ""))):at_least(2)
  expect(lines[#lines]):equals "the spinner:\tstopped by itself\t0"
  expect(err):equals ""
  expect(status):equals(0)
end)
