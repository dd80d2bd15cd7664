-- Example 000-4: three generations of running a coroutine.
-- Look at: the loop façade, used twice, and `run` print the same. Lua needs no mark on a function
-- that waits, so the two older generations, which differ in that mark alone, are the same here.

local task = require "braid.task"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function func()
  print "start"
  task.sleep(DELAY)
  print "end"
end

-- First generation: a loop, a coroutine to run in it, and the loop is closed.
local loop = task.get_event_loop()
loop:run_until_complete(func)
loop:close()

-- Second generation. The first loop is closed, so this one is new.
loop = task.new_event_loop()
loop:run_until_complete(func)
loop:close()

-- Third generation: no loop to be seen.
task.run(func)
