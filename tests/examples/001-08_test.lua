-- Example 001-8: all lines of both threads, those of each thread in order; both sleep at once.

local support = require "support"

test("001-8: sing and dance in two threads", function()
  local lines, elapsed, err, status = support.example("threads/001-08_sing_and_dance.lua", 0.5)
  expect(#lines):equals(6)
  local sung, danced = 0, 0
  for _, line in ipairs(lines) do
    if line:find "singing" then
      sung = sung + 1
      expect(line):equals("singer: singing " .. sung)
    else
      danced = danced + 1
      expect(line):equals("dancer: dancing " .. danced)
    end
  end
  expect(sung):equals(3)
  expect(elapsed):at_least(1.5)
  expect(elapsed):at_most(2.9)
  expect(err):equals ""
  expect(status):equals(0)
end)
