-- Example 001-13: sing and dance in two green threads, as gevent has them.
-- Look at: the lines alternate, because a task that sleeps gives way to the other one.

local task = require "braid.task"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function sing()
  for _ = 1, 3 do
    print "singing..."
    task.sleep(DELAY) -- suspends this task alone
  end
end

local function dance()
  for _ = 1, 3 do
    print "dancing..."
    task.sleep(DELAY)
  end
end

local g1 = task.spawn(sing)
local g2 = task.spawn(dance)

g1:join() -- the main chunk waits, and the tasks run
g2:join()
