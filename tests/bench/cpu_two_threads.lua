-- The same work twice in a row in one thread, and at the same time in two: how much sooner it is done.
local thread, time = require "braid.thread", require "braid.time"

local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end

local function seconds(run)
  local start = time.perf_counter()
  run()
  return time.perf_counter() - start
end

local size <const> = 32
local best = 0
for _ = 1, 3 do
  local alone = seconds(function()
    thread.spawn(function() fib(size) fib(size) end):join()
  end)
  local together = seconds(function()
    local a, b = thread.spawn(fib, size), thread.spawn(fib, size)
    a:join()
    b:join()
  end)
  best = math.max(best, alone / together)
end
print(("cpu_two_threads %.4g x"):format(best))
