-- The least that plain Lua needs: one resume and one yield.
local resume, yield = coroutine.resume, coroutine.yield
local switches <const> = 1000000
local partner = coroutine.create(function() while true do yield() end end)

local start = os.clock()
for _ = 1, switches do resume(partner) end
print(("task_switch %.4g ns"):format((os.clock() - start) / switches * 1e9))
