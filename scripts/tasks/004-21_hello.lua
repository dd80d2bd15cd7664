-- Example 004-21: one coroutine in the event loop.
-- Look at: one delay lies between the two lines.

local task = require "braid.task"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function hello()
  print "Hello world!"
  task.sleep(DELAY) -- this task is suspended, others would run
  print "Hello again!"
end

local loop = task.get_event_loop()
loop:run_until_complete(hello) -- the loop makes the task
loop:close()
