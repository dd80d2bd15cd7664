-- Pools of two workers: submit and result of tiny jobs, all submitted first, and map of the same; one
-- job at a time from a task; strings as arguments.
local pool, task, time = require "braid.pool", require "braid.task", require "braid.time"

local jobs <const>, trips <const> = 100000, 3000
local small <const>, big <const> = 64 << 10, 8 << 20

local function inc(x) return x + 1 end

local function seconds(run, ...)
  local start = time.perf_counter()
  run(...)
  return time.perf_counter() - start
end

local function submit_all(ex)
  local list, sum = {}, 0
  for i = 1, jobs do list[i] = ex:submit(inc, i) end
  for i = 1, jobs do sum = sum + list[i]:result() end
  assert(sum == (jobs + 3) * jobs // 2)
end

local function map_all(ex)
  local list, sum = {}, 0
  for i = 1, jobs do list[i] = i end
  for _, r in ex:map(inc, list) do sum = sum + r end
  assert(sum == (jobs + 3) * jobs // 2)
end

local function one_by_one(ex)
  task.run(function()
    for i = 1, trips do task.run_in_executor(ex, inc, i):result() end
  end)
end

local function send(ex, text, times)
  for _ = 1, times do ex:submit(string.len, text):result() end
end

for _, kind in ipairs {"threads", "processes"} do
  local class = kind == "threads" and pool.ThreadPoolExecutor or pool.ProcessPoolExecutor
  local ex <close> = class(2)
  for _ = 1, 4 do ex:submit(task.sleep, 0.01) end -- both workers are there
  ex:submit(inc, 1):result()
  print(("pool_%s %.4g us"):format(kind, seconds(submit_all, ex) / jobs * 1e6))
  collectgarbage()
  print(("pool_map_%s %.4g us"):format(kind, seconds(map_all, ex) / jobs * 1e6))
  print(("executor_trip_%s %.4g us"):format(kind, seconds(one_by_one, ex) / trips * 1e6))
  local text = ("x"):rep(small)
  print(("pool_64kB_%s %.4g us"):format(kind, seconds(send, ex, text, 500) / 500 * 1e6))
  text = ("x"):rep(big)
  print(("pool_8MB_%s %.4g ms"):format(kind, seconds(send, ex, text, 10) / 10 * 1e3))
end
