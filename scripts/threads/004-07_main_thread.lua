-- Example 004-7: a program has one thread from the start, the main thread.
-- Look at: the count is 1.

local thread = require "braid.thread"

print("number of threads: " .. thread.active_count())
