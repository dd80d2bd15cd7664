-- Two processes and a Pipe: small messages to and fro, then strings of 8 MB one way.
local pipe, process, time = require "braid.pipe", require "braid.process", require "braid.time"

local rounds <const>, strings <const>, size <const> = 20000, 40, 8 << 20
local here, there = pipe.Pipe()
local other = process.spawn(function(c)
  for _ = 1, rounds do c:send(c:recv()) end
  c:send(#c:recv()) -- here, too, the first one is about fresh memory
  local bytes = 0
  for _ = 1, strings do bytes = bytes + #c:recv() end
  c:send(bytes)
end, there)

local start = time.perf_counter()
for i = 1, rounds do
  here:send(i)
  here:recv()
end
print(("pipe_roundtrip %.4g us"):format((time.perf_counter() - start) / rounds * 1e6))

local text = ("x"):rep(size)
here:send(text)
here:recv()
start = time.perf_counter()
for _ = 1, strings do here:send(text) end
assert(here:recv() == strings * size)
print(("pipe_strings %.4g GB/s"):format(strings * size / (time.perf_counter() - start) / 1e9))
other:join()
