-- Coroutines within coroutines: generators, producers, a scheduler written in Lua, deep chains.
-- luacheck: ignore

local function filter(n, source)
  return coroutine.wrap(function()
    for i in source do if i % n ~= 0 then coroutine.yield(i) end end
  end)
end
local primes = coroutine.wrap(function() for i = 2, 200 do coroutine.yield(i) end end)
local found = {}
while true do
  local n = primes()
  if not n then break end
  found[#found + 1] = n
  primes = filter(n, primes)
end
print(table.concat(found, " "))

local function permutations(list, n)
  n = n or #list
  if n <= 1 then coroutine.yield(table.concat(list)) return end
  for i = 1, n do
    list[n], list[i] = list[i], list[n]
    permutations(list, n - 1)
    list[n], list[i] = list[i], list[n]
  end
end
for p in coroutine.wrap(function() permutations { "a", "b", "c", "d" } end) do io.write(p, " ") end
print()

-- a round-robin scheduler
local queue, log = {}, {}
for name = 1, 4 do
  queue[#queue + 1] = coroutine.create(function()
    for turn = 1, name do
      log[#log + 1] = name .. ":" .. turn
      coroutine.yield()
    end
    if name == 3 then error "three fails" end
  end)
end
while #queue > 0 do
  local co = table.remove(queue, 1)
  local ok, err = coroutine.resume(co)
  if not ok then log[#log + 1] = err end
  if coroutine.status(co) ~= "dead" then queue[#queue + 1] = co end
end
print(table.concat(log, " "))

-- a tree
local function walk(node)
  if not node then return end
  walk(node[1]) coroutine.yield(node.v) walk(node[2])
end
local tree = { v = 4, { v = 2, { v = 1 }, { v = 3 } }, { v = 6, { v = 5 } } }
for v in coroutine.wrap(function() walk(tree) end) do io.write(v, " ") end
print()

-- how deep resumes may go
local function depth(n)
  local ok, value = coroutine.resume(coroutine.create(depth), n + 1)
  if not ok then return n, value end
  return value
end
local reached = depth(0)
print(reached)
local function wrapped(n)
  local ok, value = pcall(coroutine.wrap(wrapped), n + 1)
  return ok and value or n
end
print(wrapped(0))
local function recursive() return pcall(recursive) end
print(recursive())
local function message_of(fn) return (select(2, pcall(fn)):gsub(".*:", "")) end
print(message_of(function() local function f() return f() + 1 end return f() end))
print(message_of(function() local function f() return (string.gsub("x", ".", f)) end return f() end))
local t = setmetatable({}, {})
getmetatable(t).__index = function(_, k) return t[k .. "x"] end
print(message_of(function() return t.x end))

-- an error passes up through resumes as a value
local level3 = coroutine.create(function() error({ code = 3 }) end)
local level2 = coroutine.create(function() local _, e = coroutine.resume(level3) e.code = e.code + 1 error(e) end)
local _, e = coroutine.resume(level2)
print(e.code, coroutine.status(level3), coroutine.status(level2))

-- wrap inside wrap: the position is put in front at each level
print(pcall(coroutine.wrap(function() coroutine.wrap(function() error "inner" end)() end)))
print(pcall(coroutine.wrap(function() coroutine.wrap(function() error("inner", 0) end)() end)))
print(pcall(coroutine.wrap(function() coroutine.wrap(function() error(setmetatable({}, { __tostring = function() return "T" end })) end)() end)) == false)

-- collected while suspended
local weak = setmetatable({}, { __mode = "k" })
for _ = 1, 100 do
  local co = coroutine.create(function() local x <const> = {} coroutine.yield(x) end)
  coroutine.resume(co)
  weak[co] = true
end
collectgarbage() collectgarbage()
print(next(weak))

-- many
local sum = 0
for i = 1, 20000 do sum = sum + coroutine.wrap(function(n) return (coroutine.yield(n) or 0) + n end)(i) end
print(sum)
