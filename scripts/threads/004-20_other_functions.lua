-- Example 004-20: current_thread, enumerate, TIMEOUT_MAX.
-- Look at: each thread finds itself, enumerate lists those that run, and TIMEOUT_MAX is a time
-- that may be waited for.

local sync = require "braid.sync"
local thread = require "braid.thread"

print("current thread: " .. thread.current_thread().name)
print("it is the main thread: " .. tostring(thread.current_thread() == thread.main_thread()))

local done = sync.Event()

local function run()
  local name = thread.current_thread().name
  done:wait(thread.TIMEOUT_MAX)
  return name
end

local t1, t2 = thread.spawn(run), thread.spawn(run)
for i, t in ipairs(thread.enumerate()) do
  print(("thread %d: %s, daemon: %s"):format(i, t.name, t.daemon))
end

done:set()
print("the threads' own names: " .. t1:result() .. ", " .. t2:result())
print("number of threads that are left: " .. #thread.enumerate())
print("TIMEOUT_MAX: " .. thread.TIMEOUT_MAX)
