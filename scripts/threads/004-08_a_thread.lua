-- Example 004-8: a thread beside the main one.
-- Look at: the count is 1, then 2 inside the thread: the main thread, which has no more to do,
-- waits for the other one.

local thread = require "braid.thread"

local function run()
  print "the thread starts"
  print("number of threads: " .. thread.active_count())
  print "the thread ends"
end

print("number of threads: " .. thread.active_count())
local t1 = thread.Thread { target = run }
t1:start()
