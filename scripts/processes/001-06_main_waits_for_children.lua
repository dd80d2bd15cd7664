-- Example 001-6: the main process waits for its children.
-- Look at: the main chunk is done long before the child, and yet the program ends only when the
-- child has done its work.

local process = require "braid.process"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.2

local function work()
  for i = 1, 5 do
    print("child: at work " .. i)
    time.sleep(DELAY)
  end
  print "child: done"
end

process.Process { target = work }:start()
time.sleep(DELAY * 1.5)
print "main process: done"
