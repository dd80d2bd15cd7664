-- Example 000-13: current_task and all_tasks.
-- Look at: outside of any task current_task is nil and there are no tasks; inside, the task finds
-- itself, and all_tasks counts those that have not finished.

local task = require "braid.task"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function foo()
  task.sleep(DELAY)
end

local function main()
  print("current task is a task: " .. tostring(task.current_task() ~= nil))
  print("tasks at first: " .. #task.all_tasks())

  local tasks = {}
  for _ = 1, 3 do
    tasks[#tasks + 1] = task.create_task(foo)
  end
  print("tasks with three more: " .. #task.all_tasks())

  local found = false
  for _, t in ipairs(task.all_tasks()) do
    found = found or t == task.current_task()
  end
  print("the current task is among them: " .. tostring(found))

  task.wait(tasks)
  print("tasks when the three are done: " .. #task.all_tasks())
end

print("current task outside: " .. tostring(task.current_task()))
print("tasks outside: " .. #task.all_tasks())
task.run(main)
