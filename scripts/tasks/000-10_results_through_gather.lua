-- Example 000-10: results through gather.
-- Look at: the results come at once and in the order of the arguments, although here the last
-- function is the first to end.

local task = require "braid.task"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function foo(index)
  print("start-foo " .. index)
  task.sleep(DELAY * (1 - index / 10))
  print("end-foo " .. index)
  return "foo-" .. index
end

local function main()
  local calls = {}
  for index = 0, 4 do
    calls[#calls + 1] = { foo, index } -- a function and its argument
  end
  local results = task.gather(table.unpack(calls))
  for _, result in ipairs(results) do
    print(result)
  end
end

task.run(main)
