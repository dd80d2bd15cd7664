-- Example 002-1: the spinner turns while fib computes and afterwards; Ctrl-C ends it, too.

local support = require "support"

test("002-1: a spinner process that nobody tells to stop", function()
  local text, _, status = support.endless_example("processes/002-01_spinner.lua", 0.005,
    { BRAID_FIB = 33 }, function(text)
      local after = text:match "\rresult = 3524578\n(.*)$"
      return after and select(2, after:gsub("\rresult = [\\|/-]", "")) >= 8
    end)
  local turns = text:match "^(.-)\rresult = 3524578\n"
  local pid = text:match "the spinner's pid\t(%d+)\n"
  expect(select(2, turns:gsub("\rresult = [\\|/-]", ""))):at_least(2)
  -- The signal goes to both: the program may have nothing left to wait for when it looks.
  expect(status == 130 or status == 0):is_true()
  expect(io.open("/proc/" .. pid .. "/stat")):is_nil()
end)
