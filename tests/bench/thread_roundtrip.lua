-- Two threads that wake each other in turn, by two events.
local thread, time, sync = require "braid.thread", require "braid.time", require "braid.sync"

local rounds <const> = 20000
local there, back = sync.Event(), sync.Event()

local other = thread.spawn(function()
  for _ = 1, rounds do
    there:wait()
    there:clear()
    back:set()
  end
end)

local start = time.perf_counter()
for _ = 1, rounds do
  there:set()
  back:wait()
  back:clear()
end
print(("thread_roundtrip %.4g us"):format((time.perf_counter() - start) / rounds * 1e6))
other:join()
