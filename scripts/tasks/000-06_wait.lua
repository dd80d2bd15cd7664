-- Example 000-6: five tasks collected with wait.
-- Look at: all five start before the first ends, and the whole takes one delay, not five.

local task = require "braid.task"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function foo()
  print "start-foo"
  task.sleep(DELAY)
  print "end-foo"
end

local function main()
  local tasks = {}
  for _ = 1, 5 do
    tasks[#tasks + 1] = task.create_task(foo)
  end
  task.wait(tasks)
end

task.run(main)
