-- Example 002-2: the spinner of 002-1, terminated when the result is there.
-- Look at: the spinner turns while the main process computes, and no process is left behind.
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
local result = fib(N)
s:terminate()
s:join()
print(("\rresult = %d"):format(result))
print("the spinner's pid and exit code", s.pid, s.exitcode)
