-- Example 000-5: three ways to make a task.
-- Look at: ensure_future, loop:create_task and create_task make objects of one class, and all
-- six finish.

local task = require "braid.task"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function foo()
  task.sleep(DELAY)
  return "foo"
end

local function bar()
  task.sleep(DELAY)
  return "bar"
end

task.run(function()
  -- The first way.
  local task1 = task.ensure_future(foo)
  local task2 = task.ensure_future(bar)

  -- The second way.
  local loop = task.get_event_loop()
  local task3 = loop:create_task(foo)
  local task4 = loop:create_task(bar)

  -- The third way.
  local task5 = task.create_task(foo)
  local task6 = task.create_task(bar)

  local class = getmetatable(task1)
  for i, t in ipairs { task1, task2, task3, task4, task5, task6 } do
    print(("task %d: same class: %s, result: %s"):format(i, getmetatable(t) == class, t:result()))
  end
end)
