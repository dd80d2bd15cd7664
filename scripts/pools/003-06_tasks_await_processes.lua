-- Example 003-6: a task that awaits a pool of processes.
-- Look at: the results arrive, but the list stays empty: each call gets a copy of a plain table, as
-- in Python. With four workers, the processors of the document's computer, ten calls that wait a
-- delay each take three; 003-7 does better.

local pool = require "braid.pool"
local process = require "braid.process"
local task = require "braid.task"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function my_func(list, item)
  print("my_func is in process " .. process.getpid())
  list[#list + 1] = item
  time.sleep(DELAY)
  return item
end

local function foo(list)
  print("foo starts in process " .. process.getpid())
  local executor <close> = pool.ProcessPoolExecutor(4)
  local futures, results = {}, {}
  for item = 0, 9 do
    futures[#futures + 1] = task.run_in_executor(executor, my_func, list, item)
  end
  for i, future in ipairs(task.wait(futures)) do results[i] = future:result() end
  print "foo ends"
  return results
end

print("main is in process " .. process.getpid())
local start = time.monotonic()
local list = {}
local results = task.get_event_loop():run_until_complete(task.create_task(foo, list))
print("items in the list at last: " .. #list)
print("results: " .. table.concat(results, ", "))
print(("running time: %.3f"):format(time.monotonic() - start))
