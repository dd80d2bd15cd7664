-- Tasks that end at once: started, run and joined. In batches of 1000, where the memory of one
-- batch serves the next; and 100 000 together, where the system must first give the memory.
local task, time = require "braid.task", require "braid.time"

local function finish() end

local function spawn_and_join(count)
  local tasks = {}
  for i = 1, count do tasks[i] = task.spawn(finish) end
  task.joinall(tasks)
end

local function measure(name, count, rounds)
  collectgarbage()
  local start = time.perf_counter()
  for _ = 1, rounds do spawn_and_join(count) end
  print(("%s %.4g ns"):format(name, (time.perf_counter() - start) / (count * rounds) * 1e9))
end

measure("task_spawn", 1000, 300)
measure("task_spawn_at_once", 100000, 1)
