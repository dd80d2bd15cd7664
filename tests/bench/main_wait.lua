-- A wait of the main chunk, which cannot yield: with no task in the thread, and with one that is
-- ready (the C stack is parked, the task has its turn, the main chunk goes on).
local task, time = require "braid.task", require "braid.time"

local waits <const> = 300000

local function measure(name)
  local sleep, start = time.sleep, time.perf_counter()
  for _ = 1, waits do sleep(0) end
  print(("%s %.4g ns"):format(name, (time.perf_counter() - start) / waits * 1e9))
end

measure("main_wait")
local other = task.spawn(function() while true do task.yield() end end)
measure("main_wait_with_task")
other:cancel()
