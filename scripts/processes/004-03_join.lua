-- Example 004-3: starting a process without and with join.
-- Look at: without it the main process goes on before the child has done its work; with it, after.

local process = require "braid.process"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.5

local function coding()
  time.sleep(DELAY)
  print("begin to write code, my pid is " .. process.getpid())
  print("have a rest, my pid is " .. process.getpid())
end

local function main()
  print("I am the main process, my pid is " .. process.getpid())
end

print "without join:"
main()
local p1 = process.Process { target = coding }
p1:start()
main()

-- The first child is to have ended before the second part, so that their lines do not mix.
time.sleep(DELAY * 2)

print "with join:"
main()
local p2 = process.Process { target = coding }
p2:start()
p2:join()
main()
