-- Example 004-11: one after the other the downloads take 14 delays.

local support = require "support"

test("004-11: downloads one by one take the sum", function()
  local lines, elapsed, err, status =
    support.example("threads/004-11_downloads_one_by_one.lua", 0.05)
  expect(#lines):equals(10)
  for i = 1, 9, 3 do
    local name = lines[i]:match "^downloading (.*)$"
    expect(lines[i + 1]):equals(name .. " is complete")
    expect(lines[i + 2]):matches "^it took [%d.]+ s$"
  end
  local total = tonumber(lines[10]:match "^total: ([%d.]+) s$")
  expect(total):at_least(0.7)
  expect(elapsed):at_least(total)
  expect(err):equals ""
  expect(status):equals(0)
end)
