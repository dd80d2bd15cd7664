-- coroutine.wrap as the iterator of a for loop: short generators, made over and over.
local wrap, yield = coroutine.wrap, coroutine.yield
local generators <const>, length <const> = 20000, 40

local function count_to(last)
  return wrap(function() for i = 1, last do yield(i) end end)
end

local start = os.clock()
local sum = 0
for _ = 1, generators do
  for i in count_to(length) do sum = sum + i end
end
assert(sum == generators * length * (length + 1) // 2)
print(("generator %.4g ns"):format((os.clock() - start) / (generators * length) * 1e9))
