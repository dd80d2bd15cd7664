-- Coroutine ping-pong: a value goes in with each coroutine.resume and comes back with each yield.
local resume, yield = coroutine.resume, coroutine.yield
local rounds <const> = 1000000

local partner = coroutine.create(function(value)
  while true do value = yield(value + 1) end
end)

local start = os.clock()
local value = 0
for _ = 1, rounds do
  local _
  _, value = resume(partner, value)
end
assert(value == rounds)
print(("pingpong %.4g ns"):format((os.clock() - start) / rounds * 1e9))
