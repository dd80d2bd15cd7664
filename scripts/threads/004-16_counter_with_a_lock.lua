-- Example 004-16: a counter without and with a lock.
-- Look at: every thread takes off what it has put on, so 0 is right. Without the lock the threads
-- overwrite each other's updates and the sum is another one each time; with it, it is 0.
-- The environment variable BRAID_ROUNDS asks for another number of rounds than a million.

local shared = require "braid.shared"
local sync = require "braid.sync"
local thread = require "braid.thread"

local ROUNDS = tonumber(os.getenv "BRAID_ROUNDS") or 1000000

local start = sync.Event() -- all begin at once

local num = shared.Value("i64", 0)

local function run()
  start:wait()
  for i = 0, ROUNDS - 1 do
    num.value = num.value + i
    num.value = num.value - i
  end
end

local lock = sync.Lock()
local num1 = shared.Value("i64", 0)

local function run1()
  start:wait()
  for i = 0, ROUNDS - 1 do
    local _ <close> = lock:guard() -- released at the end of the block
    num1.value = num1.value + i
    num1.value = num1.value - i
  end
end

local threads = {}
for i, fn in ipairs { run, run, run1, run1 } do
  threads[i] = thread.Thread { target = fn }
  threads[i]:start()
end
start:set()
for _, t in ipairs(threads) do t:join() end

print("without the lock: " .. num.value)
print("with the lock: " .. num1.value)
