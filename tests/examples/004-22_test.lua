-- Example 004-22: three greetings, one delay in all, three more, all from one thread.

local support = require "support"

test("004-22: three coroutines in the event loop take one delay", function()
  local lines, elapsed, err, status = support.example("tasks/004-22_hello_three_times.lua", 0.5)
  expect(#lines):equals(6)
  local thread = lines[1]:match "^Hello world! (%(thread with the globals 0x%x+%))$"
  expect(thread ~= nil):is_true()
  for i = 1, 3 do
    expect(lines[i]):equals("Hello world! " .. thread)
    expect(lines[3 + i]):equals("Hello again! " .. thread)
  end
  expect(elapsed):at_least(0.5)
  expect(elapsed):at_most(1.4)
  expect(err):equals ""
  expect(status):equals(0)
end)
