-- Example 001-10: daemon threads, and three ways to make one.
-- Look at: all three would go on for ever, yet the program ends with its main thread, which does
-- not wait for daemons.

local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function task()
  while true do
    print(thread.current_thread().name .. ": still at work")
    time.sleep(DELAY)
  end
end

-- The first way: said when it is made.
local t1 = thread.Thread { target = task, name = "option", daemon = true }

-- The second way: said by its class.
local Daemon = thread.Thread:extend "Daemon"

function Daemon:init(name)
  thread.Thread.init(self, { target = task, name = name, daemon = true })
end

local t2 = Daemon "class"

-- The third way: said before it starts. Afterwards it is too late.
local t3 = thread.Thread { target = task, name = "field" }
t3.daemon = true

for _, t in ipairs { t1, t2, t3 } do
  print(("%s: daemon is %s"):format(t.name, t.daemon))
  t:start()
end

time.sleep(DELAY * 2.5)
print("once it runs:", pcall(function() t3.daemon = false end))
print "main thread: done"
