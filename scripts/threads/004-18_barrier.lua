-- Example 004-18: a barrier for three, and five threads.
-- Look at: as soon as three wait they pass. The other two never become three: the program does
-- not hang, but reports on stderr that they wait for ever, and its status is 1.

local sync = require "braid.sync"
local thread = require "braid.thread"

local bar = sync.Barrier(3)

local function run()
  -- Without the main thread, hence one less.
  print("threads beside the main one: " .. thread.active_count() - 1)
  bar:wait()
  print "three threads have come together"
end

for _ = 1, 5 do
  thread.Thread { target = run }:start()
end
