-- Example 002-8: the spinner of 002-2, told through a queue to stop.
-- Look at: it leaves its loop by itself and gives back what it has; its exit code is 0.
-- The environment variable BRAID_FIB asks for another number than 42.

local process = require "braid.process"
local queue = require "braid.queue"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.2
local N = tonumber(os.getenv "BRAID_FIB") or 42

local function fib(n)
  if n <= 2 then return 1 end
  return fib(n - 1) + fib(n - 2)
end

local function spinner(q)
  while true do
    for char in ("\\|/-"):gmatch "." do
      if q:get_nowait() then return "stopped by itself" end
      time.sleep(DELAY)
      io.write("\rresult = ", char)
      io.flush()
    end
  end
end

local q = queue.Queue()
local s = process.Process { target = spinner, args = { q } }
s:start()
local result = fib(N)
q:put_nowait "exit"
s:join()
print(("\rresult = %d"):format(result))
print("the spinner:", s:result(), s.exitcode)
