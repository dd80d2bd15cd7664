-- Example 000-11: a callback for the end of a task.
-- Look at: the callback is called once for each task, with the task, and finds its result there.

local task = require "braid.task"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function foo(index)
  print "start-foo"
  task.sleep(DELAY)
  print "end-foo"
  return "foo-" .. index
end

local function callback(future)
  print("callback: " .. future:result())
end

local function main()
  local tasks = {}
  for index = 0, 4 do
    local t = task.create_task(foo, index)
    t:add_done_callback(callback)
    tasks[#tasks + 1] = t
  end
  task.wait(tasks)
end

task.run(main)
