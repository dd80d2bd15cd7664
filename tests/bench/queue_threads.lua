-- Messages between two threads: integers through a queue of 1024.
local queue, thread, time = require "braid.queue", require "braid.thread", require "braid.time"

local messages <const> = 1000000
local q = queue.Queue(1024)

local start = time.perf_counter()
local sender = thread.spawn(function()
  for i = 1, messages do q:put(i) end
end)
local sum = 0
for _ = 1, messages do sum = sum + q:get() end
assert(sum == messages * (messages + 1) // 2)
print(("queue_threads %.4g ns"):format((time.perf_counter() - start) / messages * 1e9))
sender:join()
