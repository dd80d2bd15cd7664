-- Example 004-6: Ping and Pong in two processes that hand their counter on through a queue.
-- Look at: now they write 50 words in all.

local process = require "braid.process"
local queue = require "braid.queue"
local task = require "braid.task"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.01

local function sub_task(word, q)
  local counter = q:get()
  while counter < 50 do
    io.write(word)
    io.flush()
    q:put(counter + 1)
    time.sleep(DELAY)
    counter = q:get()
  end
end

local q = queue.Queue()
q:put(0)
local p1 = process.Process { target = sub_task, args = { "Ping", q } }
local p2 = process.Process { target = sub_task, args = { "Pong", q } }
p1:start()
p2:start()

-- Until one of them has got the 50; then there is to be one for the other.
local joins = { task.spawn(p1.join, p1), task.spawn(p2.join, p2) }
task.wait(joins, { return_when = task.FIRST_COMPLETED })
q:put(50)
