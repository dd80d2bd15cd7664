-- Example 002-5: a Queue with a million numbers between two processes.
-- Look at: the producer does not wait for the consumer, and its process has gone before the consumer
-- begins; all numbers are there, in their order. In Python a thread in the producer's process still
-- has to write them: here what was put is in the queue, so join_thread has nothing to wait for.
-- The environment variable BRAID_ROUNDS asks for another number of numbers than a million.

local process = require "braid.process"
local queue = require "braid.queue"
local sync = require "braid.sync"

local ROUNDS = tonumber(os.getenv "BRAID_ROUNDS") or 1000000

-- Depends on the order of the numbers.
local function add(sum, data)
  return (sum * 31 + data) % 1000000007
end

local function producer(q)
  local sum = 0
  for _ = 1, ROUNDS do
    local data = math.random(1, 100)
    sum = add(sum, data)
    q:put(data)
  end
  q:close() -- no more will be put
  q:cancel_join_thread()
  print "producer: done"
  return sum
end

local function consumer(q, gone)
  gone:wait()
  print "consumer: begins"
  local sum, count = 0, 0
  for data in q:iter() do
    sum = add(sum, data)
    count = count + 1
  end
  print "consumer: done"
  return sum, count
end

local q = queue.Queue(ROUNDS)
local gone = sync.Event()
local p = process.spawn(producer, q)
local c = process.spawn(consumer, q, gone)

p:join()
print("the producer's exit code", p.exitcode)
gone:set()
local sum, count = c:result()
print(("%d numbers, all as they were put: %s"):format(count, sum == p:result()))
