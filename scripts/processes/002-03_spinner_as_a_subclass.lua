-- Example 002-3: the spinner of 002-2 as a subclass of Process.
-- Look at: a class of its own says in `run` what its processes do; the spinner turns while the main
-- process computes, and is terminated.
-- The environment variable BRAID_FIB asks for another number than 42.

local process = require "braid.process"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.2
local N = tonumber(os.getenv "BRAID_FIB") or 42

local function fib(n)
  if n <= 2 then return 1 end
  return fib(n - 1) + fib(n - 2)
end

local SpinnerProcess = process.Process:extend "SpinnerProcess"

function SpinnerProcess:run() -- luacheck: ignore self
  while true do
    for char in ("\\|/-"):gmatch "." do
      time.sleep(DELAY)
      io.write("\rresult = ", char)
      io.flush()
    end
  end
end

local s = SpinnerProcess()
s:start()
local result = fib(N)
s:terminate()
s:join()
print(("\rresult = %d"):format(result))
print("the spinner's pid and exit code", s.pid, s.exitcode)
