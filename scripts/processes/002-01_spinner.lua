-- Example 002-1: a spinner in a process beside fib(42).
-- Look at: the spinner turns while the main process computes. Nobody tells it to stop, so afterwards
-- it still turns: end the program with Ctrl-C, which ends the spinner, too.
-- The environment variable BRAID_FIB asks for another number than 42.

local process = require "braid.process"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.2
local N = tonumber(os.getenv "BRAID_FIB") or 42

local function fib(n)
  if n <= 2 then return 1 end
  return fib(n - 1) + fib(n - 2)
end

local function spinner()
  while true do
    for char in ("\\|/-"):gmatch "." do
      time.sleep(DELAY)
      io.write("\rresult = ", char)
      io.flush()
    end
  end
end

local s = process.Process { target = spinner }
s:start()
print(("\rresult = %d"):format(fib(N)))
print("the spinner's pid", s.pid)
