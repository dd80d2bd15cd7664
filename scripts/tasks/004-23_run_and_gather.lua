-- Example 004-23: the same with run and gather.
-- Look at: the output of 004-22 without a loop to be seen; gather makes the tasks.

local task = require "braid.task"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

-- Each thread has a Lua state of its own, so its table of globals tells which thread this is.
local function current_thread()
  return ("thread with the globals %p"):format(_G)
end

local function hello()
  print(("Hello world! (%s)"):format(current_thread()))
  task.sleep(DELAY)
  print(("Hello again! (%s)"):format(current_thread()))
end

local function main()
  task.gather(hello, hello, hello)
end

task.run(main)
