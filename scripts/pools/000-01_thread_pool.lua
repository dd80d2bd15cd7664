-- Example 000-1: a pool of threads, with callbacks.
-- Look at: every task runs twice, because the document submits it twice, and the second time a
-- callback gets the result. Callbacks run in the main thread, while it waits in shutdown; "main done"
-- is last.

local pool = require "braid.pool"
local process = require "braid.process"
local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.2

-- The document takes one more than there are processors, for when one worker waits.
local ex = pool.ThreadPoolExecutor(process.cpu_count() + 1)

local function handle(task)
  time.sleep(DELAY * math.random(1, 5))
  print("ran " .. task)
  return "the result of " .. task
end

local function result(future)
  print(("%s: got %s"):format(thread.current_thread().name, future:result()))
end

-- A worker that has done its call takes the next one of those that were submitted.
for i = 1, 19 do
  local task = "task_" .. i
  ex:submit(handle, task)
  ex:submit(handle, task):add_done_callback(result)
end
ex:shutdown()
print "main done"
