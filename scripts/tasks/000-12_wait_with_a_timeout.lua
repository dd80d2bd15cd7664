-- Example 000-12: wait with a timeout.
-- Look at: the wait ends at its timeout; the tasks that are not finished come back as pending
-- and still run: whoever does not want them cancels them.

local task = require "braid.task"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function foo(index)
  task.sleep(index <= 2 and DELAY or DELAY * 20)
  return "foo-" .. index
end

local function main()
  local tasks = {}
  for index = 1, 5 do
    tasks[#tasks + 1] = task.create_task(foo, index)
  end
  local done, pending = task.wait(tasks, { timeout = DELAY * 3 })
  for _, t in ipairs(done) do
    print("done: " .. t:result())
  end
  for _, t in ipairs(pending) do
    print(("pending: done() is %s"):format(t:done()))
    t:cancel()
  end
end

task.run(main)
