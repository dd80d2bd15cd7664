-- Example 002-7: JoinableQueue, task_done and join.
-- Look at: join returns when each of the six items has not only been taken, but reported as done.

local queue = require "braid.queue"
local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.5

local q = queue.JoinableQueue()

local function consumer()
  for item in q:iter() do
    time.sleep(DELAY)
    print(("%s: item %d is done"):format(thread.current_thread().name, item))
    q:task_done()
  end
end

local consumers = {}
for i = 1, 2 do consumers[i] = thread.spawn(consumer) end

for item = 1, 6 do q:put(item) end
print "six items were put"

q:join()
print "all of them are done"

q:close() -- which ends the consumers' loops
for _, t in ipairs(consumers) do t:join() end
