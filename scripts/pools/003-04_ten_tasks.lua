-- Example 003-4: ten tasks, each with a pool of one thread.
-- Look at: my_func runs in ten threads at once, the list has all ten items, and the whole takes one
-- delay. The document leaves its ten pools open; here each ends with the function that has made it.

local pool = require "braid.pool"
local shared = require "braid.shared"
local task = require "braid.task"
local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function my_func(list, item)
  print("my_func is in " .. thread.current_thread().name)
  list:append(item)
  time.sleep(DELAY)
end

local function foo(list, item)
  print("foo starts in " .. thread.current_thread().name)
  local executor <close> = pool.ThreadPoolExecutor(1)
  task.run_in_executor(executor, my_func, list, item):result()
  print "foo ends"
end

print("main is in " .. thread.current_thread().name)
local start = time.monotonic()
local list = shared.Table()

task.run(function()
  local calls = {}
  for item = 0, 9 do calls[#calls + 1] = { foo, list, item } end
  task.gather(table.unpack(calls))
end)

print("list at last: " .. table.concat(list:tolist(), ", "))
print(("running time: %.3f"):format(time.monotonic() - start))
