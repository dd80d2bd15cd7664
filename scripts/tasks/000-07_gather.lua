-- Example 000-7: five functions collected with gather.
-- Look at: gather makes the tasks itself, all five run at once, and the whole takes one delay.

local task = require "braid.task"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function foo()
  print "start-foo"
  task.sleep(DELAY)
  print "end-foo"
end

local function main()
  local functions = {}
  for _ = 1, 5 do
    functions[#functions + 1] = foo -- a function, not a task
  end
  task.gather(table.unpack(functions))
end

task.run(main)
