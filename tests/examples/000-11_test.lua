-- Example 000-11: each task's callback is called once and sees that task's result.

local support = require "support"

test("000-11: a done callback sees each result", function()
  local lines, elapsed, err, status = support.example("tasks/000-11_done_callback.lua", 0.2)
  local counts = {}
  for _, line in ipairs(lines) do counts[line] = (counts[line] or 0) + 1 end
  expect(counts):same {
    ["start-foo"] = 5, ["end-foo"] = 5,
    ["callback: foo-0"] = 1, ["callback: foo-1"] = 1, ["callback: foo-2"] = 1,
    ["callback: foo-3"] = 1, ["callback: foo-4"] = 1,
  }
  expect(elapsed):at_least(0.2)
  expect(err):equals ""
  expect(status):equals(0)
end)
