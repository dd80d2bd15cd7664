-- 100 000 tasks sleep one second: what the whole takes beyond that second, for each.
local task, time = require "braid.task", require "braid.time"

local count <const>, seconds <const> = 100000, 1

local start = time.perf_counter()
local tasks = {}
for i = 1, count do tasks[i] = task.spawn(task.sleep, seconds) end
task.joinall(tasks)
local elapsed <const> = time.perf_counter() - start
assert(elapsed >= seconds, "a task woke early")
print(("sleepers %.4g us"):format((elapsed - seconds) / count * 1e6))
