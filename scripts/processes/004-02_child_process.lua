-- Example 004-2: a child process.
-- Look at: both lines of the child have the same pid, which is not that of the main process.

local process = require "braid.process"

local function coding()
  print("begin to write code, my pid is " .. process.getpid())
  print("have a rest, my pid is " .. process.getpid())
end

print("I am the main process, my pid is " .. process.getpid())
process.Process { target = coding }:start()
