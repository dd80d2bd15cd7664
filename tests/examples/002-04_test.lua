-- Example 002-4: what the producer has sent arrives in order, then eof.

local support = require "support"

test("002-4: Pipe producer and consumer", function()
  local lines, elapsed, err, status = support.example("processes/002-04_pipe.lua", 0.05)
  local sent, received = {}, {}
  for _, line in ipairs(lines) do
    local who, what = line:match "^(%a+):\t(%w+)$"
    local list = who == "producer" and sent or received
    list[#list + 1] = what
  end
  expect(#sent):equals(5)
  sent[6] = "eof"
  expect(received):same(sent)
  expect(elapsed):at_least(0.5)
  expect(err):equals ""
  expect(status):equals(0)
end)
