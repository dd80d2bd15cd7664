-- debug.sethook in the main chunk and in coroutines: the events and lines are those of `lua`.

local function record(events, mask, count, fn)
  debug.sethook(function(event, line)
    local info = debug.getinfo(2, "nS")
    events[#events + 1] = ("%s:%s:%s"):format(event, line or "-", info.name or info.what)
  end, mask, count)
  fn()
  debug.sethook()
end

local function work(n)
  local x = 0
  for i = 1, n do
    x = x + i
  end
  return x
end

for _, mask in ipairs { "c", "r", "l", "cr", "crl" } do
  local events = {}
  record(events, mask, nil, function() work(2) pcall(work, 1) pcall(error, "x") end)
  print(mask, table.concat(events, " "))
end

local ticks = 0
debug.sethook(function() ticks = ticks + 1 end, "", 100)
work(10000)
debug.sethook()
print(ticks > 100, debug.gethook())

-- a coroutine has a hook of its own
local events = {}
local co = coroutine.create(function()
  coroutine.yield(work(1))
  work(1)
end)
debug.sethook(co, function(event, line) events[#events + 1] = event .. (line or "") end, "l")
print(coroutine.resume(co))
print(debug.gethook() == nil, type(debug.gethook(co)), select(2, debug.gethook(co)))
coroutine.resume(co)
print(table.concat(events, " "))

-- it passes to the coroutines that are made while it is set
local made = {}
debug.sethook(function(event, line) made[#made + 1] = event .. (line or "") end, "l")
local child = coroutine.wrap(function()
  local y = 1
  coroutine.yield(y)
end)
child()
debug.sethook()
print(table.concat(made, " "))

-- errors and yields in a hook
print(pcall(function()
  debug.sethook(function() debug.sethook() error("from the hook", 0) end, "l")
  local z = 1
  return z
end))
print(pcall(debug.sethook, 1))
print(pcall(debug.sethook, print, 1, {}))
debug.sethook(print, "")
print(debug.gethook())
debug.sethook()

-- locals and upvalues through a coroutine
local holder = coroutine.create(function(a, b)
  local c = a + b
  coroutine.yield(c)
  print("changed", a, c)
end)
coroutine.resume(holder, 1, 2)
for i = 1, 4 do print(debug.getlocal(holder, 1, i)) end
print(debug.setlocal(holder, 1, 1, "new"))
print(pcall(debug.getlocal, holder, 10, 1))
coroutine.resume(holder)
print(debug.getinfo(holder, 0), debug.getinfo(holder, 1))
