-- Example 001-1: sing and dance in two processes.
-- Look at: the lines of both are there in no fixed order, and each has a pid of its own, which is
-- not that of the main process.

local process = require "braid.process"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function sing()
  for i = 1, 3 do
    print(("%d: singing %d"):format(process.getpid(), i))
    time.sleep(DELAY)
  end
end

local function dance()
  for i = 1, 3 do
    print(("%d: dancing %d"):format(process.getpid(), i))
    time.sleep(DELAY)
  end
end

local p1 = process.Process { target = sing }
local p2 = process.Process { target = dance }

p1:start()
p2:start()
print(("%d: the main process"):format(process.getpid()))
