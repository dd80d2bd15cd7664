-- Messages between two tasks: integers through a queue of 64, which is full or empty in turn; and
-- the same by reference.
local queue, task, time = require "braid.queue", require "braid.task", require "braid.time"

local messages <const> = 1000000

local function measure(name, q)
  local start = time.perf_counter()
  task.gather(function()
    for i = 1, messages do q:put(i) end
  end, function()
    for _ = 1, messages do q:get() end
  end)
  print(("%s %.4g ns"):format(name, (time.perf_counter() - start) / messages * 1e9))
end

measure("queue_tasks", queue.Queue(64))
measure("local_queue_tasks", queue.LocalQueue(64))
