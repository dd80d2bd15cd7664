-- Example 001-4: a process whose arguments have names.
-- Look at: kwargs arrives as one table, and the parrot repeats itself as often as its field says.

local process = require "braid.process"

local function task(options)
  print("the parrot has got its task: to repeat itself " .. options.count .. " times")
  for _ = 1, options.count do print "I am a parrot!" end
  print "the task is done"
end

process.Process { target = task, kwargs = { count = 3 } }:start()
