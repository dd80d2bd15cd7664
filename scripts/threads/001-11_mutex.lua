-- Example 001-11: two threads that count up the same number.
-- Look at: left to themselves they lose updates, because one reads the number while the other is
-- about to write it. Two cures: let one join the other, or let both take a mutex.
-- Threads do not share Lua's globals, each has a Lua state of its own: what they share they say.
-- The environment variable BRAID_ROUNDS asks for another number of rounds than a million.

local shared = require "braid.shared"
local sync = require "braid.sync"
local thread = require "braid.thread"

local ROUNDS = tonumber(os.getenv "BRAID_ROUNDS") or 1000000

local number = shared.Value("i64", 0)
local mutex = sync.Lock()
local start = sync.Event()

local function count()
  start:wait() -- so that both begin at once
  for _ = 1, ROUNDS do
    number.value = number.value + 1 -- two operations: to read and to write
  end
end

local function count_with_mutex()
  start:wait()
  for _ = 1, ROUNDS do
    mutex:acquire()
    number.value = number.value + 1 -- by one thread at a time
    mutex:release()
  end
end

local function show(title)
  print(("%s: %d of %d"):format(title, number.value, 2 * ROUNDS))
  number.value = 0
  start:clear()
end

local t1, t2 = thread.spawn(count), thread.spawn(count)
start:set()
t1:join()
t2:join()
show "left to themselves"

start:set()
thread.spawn(count):join()
thread.spawn(count):join()
show "one after the other, by join"

t1, t2 = thread.spawn(count_with_mutex), thread.spawn(count_with_mutex)
start:set()
t1:join()
t2:join()
show "with a mutex"
