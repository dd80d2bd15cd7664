-- Example 002-11: the spinner turns while fib computes, which is not slowed down, and afterwards.

local support = require "support"

test("002-11: fib runs at full speed beside a spinner that never ends", function()
  local turned_after
  local text, _, status = support.endless_example("threads/002-11_spinner.lua", 0.005,
    { BRAID_FIB = 33 }, function(text)
      local after = text:match "beside the spinner:[^\n]*\n(.*)$"
      turned_after = after and select(2, after:gsub("\rresult = [\\|/-]", "")) or 0
      return turned_after >= 8
    end)
  local alone = tonumber(text:match "^alone: result = 3524578 in ([%d.]+) s\n")
  local turns, beside =
    text:match "^[^\n]*\n(.-)\rbeside the spinner: result = 3524578 in ([%d.]+) s\n"
  expect(select(2, turns:gsub("\rresult = [\\|/-]", ""))):at_least(2)
  expect(tonumber(beside)):at_most(alone * 3 + 0.5)
  expect(turned_after):at_least(8)
  expect(status):equals(130)
end)
