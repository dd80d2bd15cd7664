-- Example 004-22: three coroutines in the event loop at once.
-- Look at: three greetings, one delay in all, three more; and all are in one thread.

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

local loop = task.get_event_loop()
local tasks = { loop:create_task(hello), loop:create_task(hello), loop:create_task(hello) }
loop:run_until_complete(function() task.wait(tasks) end)
loop:close()
