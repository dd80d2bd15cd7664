-- How much sooner two workers of a pool have done what one does in a row, the best of three.
local pool, time = require "braid.pool", require "braid.time"

local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end

local size <const> = 31

local function run(ex, count)
  local start, list = time.perf_counter(), {}
  for i = 1, count do list[i] = ex:submit(fib, size) end
  for i = 1, count do list[i]:result() end
  return time.perf_counter() - start
end

for _, kind in ipairs {"threads", "processes"} do
  local class = kind == "threads" and pool.ThreadPoolExecutor or pool.ProcessPoolExecutor
  local one <close> = class(1)
  local two <close> = class(2)
  run(one, 1)
  run(two, 2)
  local best = 0
  for _ = 1, 3 do best = math.max(best, run(one, 4) / run(two, 4)) end
  print(("pool_cpu_%s %.4g x"):format(kind, best))
end
