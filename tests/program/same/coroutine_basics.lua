-- create, resume, yield, status, running, isyieldable, close and wrap, with good and bad arguments.

local function show(label, ...) print(label, select("#", ...), ...) end

show("transfer", coroutine.resume(coroutine.create(function(...)
  show("in", ...)
  show("back", coroutine.yield(1, nil, 3, nil))
  return "end", nil
end), "a", nil, "c", nil))

local co = coroutine.create(function(a)
  for i = 1, 3 do a = coroutine.yield(i, a) end
  return "done", a
end)
for i = 1, 6 do show("resume " .. i, coroutine.resume(co, "v" .. i)) print(coroutine.status(co)) end

-- statuses seen from everywhere
local outer
outer = coroutine.create(function()
  print("own", coroutine.status(outer), coroutine.running() == outer, coroutine.isyieldable())
  local inner = coroutine.create(function()
    print("outer from inner", coroutine.status(outer), coroutine.isyieldable(outer))
    print(coroutine.resume(outer))
    print(coroutine.close ~= nil and pcall(coroutine.close, outer))
    print(pcall(coroutine.close, coroutine.running()))
    coroutine.yield()
  end)
  print(coroutine.resume(inner))
  print("inner", coroutine.status(inner), coroutine.isyieldable(inner))
  print(coroutine.resume(coroutine.running()))
end)
print(coroutine.isyieldable(outer), coroutine.resume(outer))
print(coroutine.status(outer), coroutine.isyieldable(outer))

local thread, is_main = coroutine.running()
print(type(thread), is_main == not coroutine.isyieldable())

-- bad arguments
for _, name in ipairs { "create", "wrap", "resume", "status", "close", "isyieldable" } do
  for _, argument in ipairs { 1, "x", true, {} } do
    print(name, type(argument), pcall(coroutine[name], argument))
  end
  print(name, "none", pcall(coroutine[name]))
  print(name, "nil", pcall(coroutine[name], nil))
end
print(pcall(coroutine.create, print), type(coroutine.create(print)))
print(pcall(coroutine.running, 1, 2, 3) == true)
print(coroutine.resume(coroutine.create(print), "C", "function"))
print(coroutine.resume(coroutine.create(coroutine.yield), 1, 2))
print(coroutine.resume(coroutine.create(error), "raised"))
print(coroutine.wrap(coroutine.wrap(function(...) return ... end))(7))
print(coroutine.wrap(pcall)(pcall, pcall, error))

-- wrap
local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
print(gen(), gen(), gen(), select("#", gen()))
print(pcall(gen))
print(pcall(coroutine.wrap(function() error("text") end)))
print(pcall(coroutine.wrap(function() error("text", 0) end)))
print(pcall(coroutine.wrap(function() error({}) end)) == false)
print(pcall(coroutine.wrap(function() error() end)))
print(pcall(coroutine.wrap(function() local x = nil; x() end)))
local again
again = coroutine.wrap(function() return pcall(again) end)
print(again())

-- many values
local function count(...) return select("#", ...) end
local wide = coroutine.wrap(function(...) while true do coroutine.yield(...) end end)
print(count(wide(table.unpack({}, 1, 200))), count(wide()))
print(select("#", coroutine.resume(coroutine.create(function() return table.unpack({}, 1, 250) end))))
print(pcall(function() return coroutine.resume(coroutine.create(table.unpack), {}, 1, 1e6) end))

-- names and identity
for _, name in ipairs { "create", "resume", "yield", "wrap", "status", "running", "isyieldable", "close" } do
  local info = debug.getinfo(coroutine[name])
  print(name, info.what, info.short_src, info.nparams, info.isvararg, info.nups >= 0)
end
local names = {}
for name in pairs(coroutine) do names[#names + 1] = name end
table.sort(names)
print(table.concat(names, " "))
print(package.loaded.coroutine == coroutine)
print(tostring(coroutine.create(print)):match "^thread: ", type(co))
print(coroutine.wrap ~= coroutine.wrap(print), type(coroutine.wrap(print)))
