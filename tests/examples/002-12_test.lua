-- Example 002-12: the spinner turns while fib computes, which is not slowed down, and ends with it.

local support = require "support"

test("002-12: the spinner is a daemon and ends with the main thread", function()
  local lines, _, err, status =
    support.example("threads/002-12_daemon_spinner.lua", 0.005, { BRAID_FIB = 33 })
  local text = table.concat(lines, "\n")
  local alone = tonumber(text:match "^alone: result = 3524578 in ([%d.]+) s\n")
  local turns, beside =
    text:match "^[^\n]*\n(.-)\rbeside the spinner: result = 3524578 in ([%d.]+) s"
  expect(select(2, turns:gsub("\rresult = [\\|/-]", ""))):at_least(2)
  expect(tonumber(beside)):at_most(alone * 3 + 0.5)
  expect(err):equals ""
  expect(status):equals(0)
end)
