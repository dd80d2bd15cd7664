-- Example 003-7: tasks inside worker processes, what aiomultiprocess is for.
-- Look at: a hundred calls wait a delay each, and all together take one, in no more than two
-- processes: each runs many calls at once, as tasks. The function is a plain one all the same.

local pool = require "braid.pool"
local process = require "braid.process"
local task = require "braid.task"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function fetch()
  time.sleep(DELAY) -- as if for an answer from far away
  return process.getpid(), #task.all_tasks() -- those that wait in this process now
end

local start = time.monotonic()
local calls, at_once = {}, {}
do
  local ex <close> = pool.ProcessPoolExecutor { max_workers = 2, tasks_per_worker = 50 }
  local futures = {}
  for i = 1, 100 do futures[i] = ex:submit(fetch) end
  for future in pool.as_completed(futures) do
    local pid, waiting = future:result()
    calls[pid] = (calls[pid] or 0) + 1
    at_once[pid] = math.max(at_once[pid] or 0, waiting)
  end
end

print("main is process " .. process.getpid())
for pid, count in pairs(calls) do
  print(("process %d: %d calls, up to %d at once"):format(pid, count, at_once[pid]))
end
print(("running time: %.3f"):format(time.monotonic() - start))
