-- Example 001-8: sing and dance in two threads.
-- Look at: all six lines are there, but in no fixed order: which thread comes first at each step
-- is for the operating system to say.

local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function sing()
  for i = 1, 3 do
    print(("%s: singing %d"):format(thread.current_thread().name, i))
    time.sleep(DELAY)
  end
end

local function dance()
  for i = 1, 3 do
    print(("%s: dancing %d"):format(thread.current_thread().name, i))
    time.sleep(DELAY)
  end
end

local t1 = thread.Thread { target = sing, name = "singer" }
local t2 = thread.Thread { target = dance, name = "dancer" }

t1:start()
t2:start()
