-- A lock that nobody else wants, taken and given back; and one that four threads fight over.
local sync, thread, time = require "braid.sync", require "braid.thread", require "braid.time"

local rounds <const> = 1000000
local lock = sync.Lock()

local function hammer(l, n)
  for _ = 1, n do
    l:acquire()
    l:release()
  end
end

local start = time.perf_counter()
hammer(lock, rounds)
print(("lock_pair %.4g ns"):format((time.perf_counter() - start) / rounds * 1e9))

local threads = {}
start = time.perf_counter()
for i = 1, 4 do threads[i] = thread.spawn(hammer, lock, rounds // 4) end
for i = 1, 4 do threads[i]:join() end
print(("lock_pair_4_threads %.4g ns"):format((time.perf_counter() - start) / rounds * 1e9))
