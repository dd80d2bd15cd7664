-- Processes: starting one and waiting for its end, messages through one queue, a lock that two want,
-- and how much sooner two of them have done what one does in a row.
local process, queue = require "braid.process", require "braid.queue"
local sync, time = require "braid.sync", require "braid.time"

local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end

local function seconds(run, ...)
  local start = time.perf_counter()
  run(...)
  return time.perf_counter() - start
end

process.spawn(fib, 1):join() -- the zygote is there from here on

local starts <const> = 300
print(("process_start %.4g us"):format(seconds(function()
  for _ = 1, starts do process.spawn(fib, 1):join() end
end) / starts * 1e6))

local messages <const> = 300000
local q = queue.Queue(1024)
local putter = process.spawn(function() for i = 0, messages do q:put(i) end end)
q:get()
print(("queue_processes %.4g ns"):format(seconds(function()
  for _ = 1, messages do q:get() end
end) / messages * 1e9))
putter:join()

local pairs_each <const> = 300000
local lock = sync.Lock()
local function hold() for _ = 1, pairs_each do lock:acquire() lock:release() end end
print(("lock_pair_2_processes %.4g ns"):format(seconds(function()
  local a, b = process.spawn(hold), process.spawn(hold)
  a:join()
  b:join()
end) / (2 * pairs_each) * 1e9))

local size <const> = 32
local best = 0
for _ = 1, 3 do
  local alone = seconds(function() process.spawn(function() fib(size) fib(size) end):join() end)
  local together = seconds(function()
    local a, b = process.spawn(fib, size), process.spawn(fib, size)
    a:join()
    b:join()
  end)
  best = math.max(best, alone / together)
end
print(("cpu_two_processes %.4g x"):format(best))
