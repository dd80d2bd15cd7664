-- Example 003-1: foo, bar and the main chunk are in one thread; the total is one delay.

local support = require "support"

test("003-1: foo and bar share the main thread and take one delay", function()
  local lines, elapsed, err, status = support.example("tasks/003-01_foo_and_bar.lua", 0.5)
  local thread = lines[1]:match "^main thread is (the one with the globals 0x%x+)$"
  expect(thread ~= nil):is_true()
  expect(table.move(lines, 2, 7, 1, {})):same {
    "foo start", "foo thread is " .. thread,
    "bar start", "bar thread is " .. thread,
    "foo finish", "bar finish",
  }
  local total = tonumber(lines[8]:match "^running time: ([%d.]+)$")
  expect(total):at_least(0.5)
  expect(elapsed):at_least(total)
  expect(total):at_most(0.95)
  expect(err):equals ""
  expect(status):equals(0)
end)
