-- Example 001-9: a thread whose target has arguments.
-- Look at: the parrot speaks as often as it is told: five times through `args`, a list, and three
-- times through `kwargs`, a table of names that the target gets as its last argument.

local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.2

local function task(count)
  local name = thread.current_thread().name
  print(("%s: told to speak %d times"):format(name, count))
  for _ = 1, count do
    print(name .. ": I am a parrot!")
    time.sleep(DELAY)
  end
  print(name .. ": done")
end

local function task_by_name(options)
  task(options.count)
end

thread.Thread { target = task, args = { 5 }, name = "args" }:start()
thread.Thread { target = task_by_name, kwargs = { count = 3 }, name = "kwargs" }:start()
