-- Example 002-13: the document's warning about the interpreter lock.
-- Look at: two threads take half the time of one for the same work, because each has a Lua state
-- of its own and no lock lies around them. That needs two processor cores that are free.
-- The environment variable BRAID_FIB asks for another number than 38.

local thread = require "braid.thread"
local time = require "braid.time"

local N = tonumber(os.getenv "BRAID_FIB") or 38

local function fib(n)
  if n <= 2 then return 1 end
  return fib(n - 1) + fib(n - 2)
end

local function work(times)
  for _ = 1, times do fib(N) end
end

-- How long so many threads take that each do the work so many times.
local function measure(threads, times)
  local start = time.monotonic()
  local started = {}
  for i = 1, threads do started[i] = thread.spawn(work, times) end
  for _, t in ipairs(started) do t:join() end
  return time.monotonic() - start
end

local one, two = measure(1, 2), measure(2, 1)
print(("one thread, fib(%d) twice:      %.3f s"):format(N, one))
print(("two threads, fib(%d) once each: %.3f s"):format(N, two))
print(("ratio: %.2f"):format(two / one))
