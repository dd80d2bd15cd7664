-- Example 003-3: tasks that await a pool of threads, and share a list with it.
-- Look at: foo and bar are tasks in the main thread, my_func runs in the pool's. The document cannot
-- explain why they share the list nevertheless. Here it is plain: the list is a shared.Table, the
-- same one in every thread. The whole takes one delay.

local pool = require "braid.pool"
local shared = require "braid.shared"
local task = require "braid.task"
local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local executor = pool.ThreadPoolExecutor(2)

local function my_func(list, item)
  print("my_func is in " .. thread.current_thread().name)
  list:append(item)
  time.sleep(DELAY)
end

local function await(name, list)
  print(("%s starts in %s"):format(name, thread.current_thread().name))
  local loop = task.get_event_loop()
  loop:run_in_executor(executor, my_func, list, name):result()
  print(name .. " ends")
end

print("main is in " .. thread.current_thread().name)
local start = time.monotonic()
local list = shared.Table()
print("list at first: " .. #list)

local loop = task.get_event_loop()
loop:run_until_complete(function()
  task.gather({ await, "foo", list }, { await, "bar", list })
end)
loop:close()

print("list at last: " .. table.concat(list:tolist(), ", "))
print(("running time: %.3f"):format(time.monotonic() - start))
