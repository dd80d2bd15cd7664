-- Example 001-3: a process whose arguments are a list.
-- Look at: the parrot repeats itself as often as its argument says.

local process = require "braid.process"

local function task(count)
  print("the parrot has got its task: to repeat itself " .. count .. " times")
  for _ = 1, count do print "I am a parrot!" end
  print "the task is done"
end

process.Process { target = task, args = { 5 } }:start()
