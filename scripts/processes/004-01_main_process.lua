-- Example 004-1: the main process.
-- Look at: every program has at least this one, with another pid each time that it runs.

local process = require "braid.process"

print("I am the main process, my pid is " .. process.getpid())
