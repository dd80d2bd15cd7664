-- Example 004-9: starting a thread without and with join.
-- Look at: without it the main thread ends its part before the other one has; with it, after.

local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.5

local function run()
  print "the thread starts"
  time.sleep(DELAY)
  print "the thread ends"
end

print "without join:"
print "the main thread starts"
local t1 = thread.Thread { target = run }
t1:start()
print "the main thread ends"

-- The first thread is to have ended before the second part, so that their lines do not mix.
time.sleep(DELAY * 2)

print "with join:"
print "the main thread starts"
local t2 = thread.Thread { target = run }
t2:start()
t2:join()
print "the main thread ends"
