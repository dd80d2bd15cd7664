-- Example 004-19: a thread that starts after a delay.
-- Look at: nothing happens for 5 delays, then the thread runs, and then join returns. A second
-- timer is cancelled in time, and never runs.

local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function run()
  print "the thread starts"
  print "the thread ends"
end

local start = time.monotonic()
local t1 = thread.Timer(DELAY * 5, run)
t1:start()
local t2 = thread.Timer(DELAY * 50, function() print "never printed" end)
t2:start()

t1:join()
print(("the first timer is done after %.3f s"):format(time.monotonic() - start))

t2:cancel()
t2:join()
print(("the second one is done after %.3f s"):format(time.monotonic() - start))
