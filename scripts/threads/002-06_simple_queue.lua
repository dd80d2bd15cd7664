-- Example 002-6: SimpleQueue between threads.
-- Look at: it has put, get, empty and close; what was put comes out in that order. Once it is
-- closed nothing more can be put, and get says so when it has given out the rest.

local queue = require "braid.queue"
local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.5

local q = queue.SimpleQueue()

local function producer()
  for i = 1, 5 do
    print("producer: " .. i)
    q:put(i)
    time.sleep(DELAY)
  end
  q:close()
end

local function consumer()
  while true do
    local data, why = q:get() -- waits for the producer
    if why then
      print("consumer: " .. why)
      return
    end
    print("consumer: " .. data)
  end
end

print("empty at first: " .. tostring(q:empty()))
local t1 = thread.Thread { target = producer }
local t2 = thread.Thread { target = consumer }
t1:start()
t2:start()
t1:join()
t2:join()

print("put when it is closed:", pcall(q.put, q, 6))
