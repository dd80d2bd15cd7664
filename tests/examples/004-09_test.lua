-- Example 004-9: without join the main thread is through first, with join the other one is.

local support = require "support"

local function place(lines, line, from)
  for i = from, #lines do
    if lines[i] == line then return i end
  end
  error("no line " .. line)
end

test("004-9: without and with join", function()
  local lines, elapsed, err, status = support.example("threads/004-09_join.lua", 0.4)
  expect(#lines):equals(10)
  expect(lines[1]):equals "without join:"
  expect(lines[2]):equals "the main thread starts"
  expect(place(lines, "the thread ends", 3)):equals(5)
  expect(place(lines, "the main thread ends", 3)):at_most(4)
  expect(table.move(lines, 6, 10, 1, {})):same {
    "with join:", "the main thread starts", "the thread starts", "the thread ends",
    "the main thread ends",
  }
  expect(elapsed):at_least(1.2)
  expect(err):equals ""
  expect(status):equals(0)
end)
