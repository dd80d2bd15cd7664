-- Example 004-4: in a pool the downloads take 6 delays, those of the longest, instead of 14.

local support = require "support"

test("004-4: downloads in a pool of processes take the time of the longest", function()
  local lines, elapsed, err, status =
    support.example("pools/004-04_downloads_in_processes.lua", 0.15)
  expect(#lines):equals(10)
  local downloading, complete = {}, {}
  for i, line in ipairs(lines) do
    local begun, ended = line:match "^downloading (%a+)", line:match "^(%a+), .* is complete$"
    if begun then downloading[begun] = i end
    if ended then complete[#complete + 1] = ended end
  end
  expect(complete):same { "MySQL", "Python", "Linux" }
  for _, name in ipairs(complete) do expect(downloading[name]):at_most(3) end
  local total = tonumber(lines[10]:match "^total: ([%d.]+) s$")
  expect(total):at_least(0.9)
  expect(total):at_most(1.7)
  expect(elapsed):at_least(total)
  expect(err):equals ""
  expect(status):equals(0)
end)
