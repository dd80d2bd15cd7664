-- Two tasks hand the thread to each other with task.yield().
local task, time = require "braid.task", require "braid.time"

local switches <const> = 1000000

local function take_turns()
  for _ = 1, switches do task.yield() end
end

local start = time.perf_counter()
task.gather(task.spawn(take_turns), task.spawn(take_turns))
print(("task_switch %.4g ns"):format((time.perf_counter() - start) / (2 * switches) * 1e9))
