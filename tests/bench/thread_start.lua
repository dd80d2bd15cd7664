-- A thread that ends at once, started and joined: with a system thread that is warm, with none, and
-- as fast as it goes in one row, where warm ones must also close one state and prepare the next.
-- The median of each, since a start may be hit by whatever else the machine does.
local thread, time, sync = require "braid.thread", require "braid.time", require "braid.sync"

local rounds <const> = 200

local function finish() end

local function start_and_join()
  local start = time.perf_counter()
  thread.spawn(finish):join()
  return time.perf_counter() - start
end

local function measure(name, between)
  local times = {}
  for i = 1, rounds do
    between()
    times[i] = start_and_join()
  end
  table.sort(times)
  print(("%s %.4g us"):format(name, times[rounds // 2] * 1e6))
end

local function pause() time.sleep(0.001) end

for _ = 1, 3 do thread.spawn(finish):join() end
measure("thread_start_warm", pause)
measure("thread_start_row", function() end)

-- Whatever is warm is kept busy.
local done = sync.Event()
local function hold() done:wait() end
for _ = 1, 10 do thread.spawn(hold) end
measure("thread_start_cold", function()
  pause()
  thread.spawn(hold)
  pause()
end)
done:set()
