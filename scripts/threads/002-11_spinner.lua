-- Example 002-11: a spinner in a thread beside fib(42).
-- Look at: the spinner turns while the main thread computes, which takes as long as it took
-- alone. Nobody tells the spinner to stop, so afterwards it still turns: end it with Ctrl-C.
-- The environment variable BRAID_FIB asks for another number than 42.

local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.2
local N = tonumber(os.getenv "BRAID_FIB") or 42

local function fib(n)
  if n <= 2 then return 1 end
  return fib(n - 1) + fib(n - 2)
end

local function measure()
  local start = time.monotonic()
  local result = fib(N)
  return result, time.monotonic() - start
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

print(("alone: result = %d in %.3f s"):format(measure()))

thread.Thread { target = spinner }:start()

print(("\rbeside the spinner: result = %d in %.3f s"):format(measure()))
