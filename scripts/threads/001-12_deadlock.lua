-- Example 001-12: a deadlock.
-- Look at: each of two threads holds what the other waits for, and neither gives way. The program
-- does not hang: it says on stderr who waits for what and who holds it, and its status is 1.

local sync = require "braid.sync"
local thread = require "braid.thread"

local fork, knife = sync.Lock(), sync.Lock()
local has_fork, has_knife = sync.Event(), sync.Event()

-- The events see to it that each thread has its first lock before one asks for the second.
local function left_handed()
  fork:acquire()
  print "left-handed: has the fork, waits for the knife"
  has_fork:set()
  has_knife:wait()
  knife:acquire()
end

local function right_handed()
  knife:acquire()
  print "right-handed: has the knife, waits for the fork"
  has_knife:set()
  has_fork:wait()
  fork:acquire()
end

local t1 = thread.Thread { target = left_handed, name = "left-handed" }
local t2 = thread.Thread { target = right_handed, name = "right-handed" }
t1:start()
t2:start()

-- Whose wait closes the circle gets the error; result() hands it on to the main thread.
t1:result()
t2:result()
print "never reached"
