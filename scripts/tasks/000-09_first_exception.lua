-- Example 000-9: wait that returns at the first error.
-- Look at: the failing task ends the wait, not the script; its result() raises the error.
-- Each task sleeps one delay longer than the one before, so that "first" can be seen.

local task = require "braid.task"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function foo(index)
  print "start-foo"
  task.sleep(DELAY * (index + 1))
  print "end-foo"
  print(1 // 0) -- the float division 1 / 0 is no error in Lua, the integer one is
  return "foo-" .. index
end

local function main()
  local tasks = {}
  for index = 0, 4 do
    tasks[#tasks + 1] = task.create_task(foo, index)
  end
  local done, pending = task.wait(tasks, { return_when = task.FIRST_EXCEPTION })
  print(("done: %d, pending: %d"):format(#done, #pending))
  for _, t in ipairs(done) do
    print("result() raises:", pcall(t.result, t))
  end
  for _, t in ipairs(pending) do
    t:cancel()
  end
  print "the script goes on"
end

task.run(main)
