-- Example 000-3: a pool of processes, with callbacks.
-- Look at: nothing but the executor differs from 000-1. The workers' pids are not that of the main
-- process, in which the callbacks run.

local pool = require "braid.pool"
local process = require "braid.process"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.2

local ex = pool.ProcessPoolExecutor(process.cpu_count() + 1)

local function handle(task)
  time.sleep(DELAY * math.random(1, 5))
  print(("%d: ran %s"):format(process.getpid(), task))
  return "the result of " .. task
end

local function result(future)
  print(("%d: got %s"):format(process.getpid(), future:result()))
end

for i = 1, 19 do
  local task = "task_" .. i
  ex:submit(handle, task)
  ex:submit(handle, task):add_done_callback(result)
end
ex:shutdown()
print(("%d: main done"):format(process.getpid()))
