-- Example 001-7: two ways to have children end with the main process.
-- Look at: the one that is terminated has the exit code -15, and one that ends by itself 0. The
-- daemon would work for ever, yet the program does not wait for it, and leaves no process behind.

local process = require "braid.process"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.2

local function work(rounds)
  for i = 1, rounds do
    print(("%s: at work %d"):format(process.current_process().name, i))
    time.sleep(DELAY)
  end
end

local short = process.Process { target = work, args = { 1 }, name = "short" }
local long = process.Process { target = work, args = { math.huge }, name = "long" }
local daemon = process.Process { target = work, args = { math.huge }, name = "daemon" }
daemon.daemon = true -- before it starts; also an option

for _, p in ipairs { short, long, daemon } do p:start() end

time.sleep(DELAY * 2.5)
print("the daemon's pid", daemon.pid)
print("exit code of one that is alive", long.exitcode)
long:terminate()
long:join()
short:join()
print("exit code when it was terminated", long.exitcode)
print("exit code when it ended by itself", short.exitcode)
print "main process: done"
