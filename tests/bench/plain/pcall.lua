-- pcall of a function that returns, and every tenth time of one that raises.
local calls <const> = 1500000
local pcall, error = pcall, error

local function answer(value) return value end
local function fail() error "no" end

local start = os.clock()
local good = 0
for i = 1, calls do
  if i % 10 == 0 then pcall(fail) elseif pcall(answer, i) then good = good + 1 end
end
assert(good == calls - calls // 10)
print(("pcall %.4g ns"):format((os.clock() - start) / calls * 1e9))
