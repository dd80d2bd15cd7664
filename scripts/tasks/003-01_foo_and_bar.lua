-- Example 003-1: foo and bar, and which thread they run in.
-- Look at: both tasks and the main chunk are in one thread, and the whole takes one delay.

local task = require "braid.task"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

-- Each thread has a Lua state of its own, so its table of globals tells which thread this is.
local function current_thread()
  return ("the one with the globals %p"):format(_G)
end

local function foo()
  print "foo start"
  print("foo thread is " .. current_thread())
  task.sleep(DELAY)
  print "foo finish"
end

local function bar()
  print "bar start"
  print("bar thread is " .. current_thread())
  task.sleep(DELAY)
  print "bar finish"
end

print("main thread is " .. current_thread())
local start = time.monotonic()
local loop = task.get_event_loop()
loop:run_until_complete(function()
  task.wait { task.create_task(foo), task.create_task(bar) }
end)
loop:close()
print(("running time: %.3f"):format(time.monotonic() - start))
