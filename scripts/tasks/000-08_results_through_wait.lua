-- Example 000-8: results of tasks through wait.
-- Look at: wait gives two lists, the tasks that are done and those still pending; each done task
-- is asked for its result.

local task = require "braid.task"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function foo(index)
  print "start-foo"
  task.sleep(DELAY)
  print "end-foo"
  return "foo-" .. index
end

local function main()
  local tasks = {}
  for index = 0, 4 do
    tasks[#tasks + 1] = task.create_task(foo, index)
  end
  local done, pending = task.wait(tasks)
  for _, t in ipairs(done) do
    print(t:result())
  end
  print(("done: %d, pending: %d"):format(#done, #pending))
end

task.run(main)
