-- debug.traceback from every kind of place, and debug.getinfo of what is in between.
-- luacheck: ignore

local function trace(label, ...) print("-- " .. label) print(debug.traceback(...)) end

trace "plain"
trace("message", "the message")
trace("level 0", "m", 0)
trace("level 1", "m", 1)
trace("level 2", "m", 2)
trace("too deep", "m", 100)
trace("nil", nil)
trace("number", 12)
print(debug.traceback({}) ~= nil, debug.traceback(print) == print)

local function inner(label) trace(label) end
function Global(label) inner(label) end
local t = { field = function(label) inner(label) end }
function t:method(label) inner(label) end
local function tail(label) return inner(label) end

inner "local"
Global "global"
t.field "field"
t:method "method"
tail "tail"
pcall(inner, "pcall")
pcall(pcall, inner, "pcall pcall")
pcall(function() inner "function in pcall" end)
xpcall(inner, print, "xpcall")
xpcall(function() error("e") end, function(m) trace("handler", m) end)
xpcall(function() local x = nil; x() end, function(m) trace("handler of a runtime error", m) end)
xpcall(function() pcall(error) inner "after pcall" end, print)
table.sort({ 2, 1 }, function(a, b) inner "comparator" return a < b end)
string.gsub("x", ".", function() inner "gsub" end)
load("inner = ... inner('loaded')", "=loaded")(inner)
load("local f = ... f('source')", "local text = 'x'")(inner)
load("local f = ... \n\nf('file')", "@path/of/file.lua")(inner)
setmetatable({}, { __index = function(_, k) inner(k) end }).index = nil
local _ = setmetatable({}, { __index = function() inner "index" end }).x
_ = setmetatable({}, { __add = function() inner "add" end }) + 1
_ = setmetatable({}, { __eq = function() inner "eq" end }) == setmetatable({}, {})
_ = setmetatable({}, { __concat = function() inner "concat" end }) .. "x"
do local _ <close> = setmetatable({}, { __close = function() inner "close" end }) end
for _ in function(_, c) if not c then inner "iterator" return 1 end end do end
coroutine.wrap(inner) "wrap"
coroutine.resume(coroutine.create(inner), "resume")
coroutine.wrap(function() pcall(inner, "pcall in wrap") end)()
coroutine.wrap(function() coroutine.wrap(inner) "wrap in wrap" end)()
package.preload.traced = function() inner "require" end
require "traced"

print "-- other coroutines"
local co = coroutine.create(function(a)
  local function deeper() coroutine.yield(a) error "after" end
  pcall(function() deeper() end)
  deeper()
end)
print(debug.traceback(co))
coroutine.resume(co, 1)
print(debug.traceback(co))
print(debug.traceback(co, "m"))
print(debug.traceback(co, "m", 1))
print(debug.traceback(co, nil, 2))
print(debug.traceback(co, {}) ~= nil)
coroutine.resume(co)
print(debug.traceback(co))
print(coroutine.resume(co))
print(debug.traceback(co))
print(coroutine.close(co))
print(debug.traceback(co))
local normal
normal = coroutine.create(function()
  coroutine.wrap(function() print(debug.traceback(normal)) end)()
end)
coroutine.resume(normal)

print "-- getinfo up the stack"
local function up()
  for level = 0, 8 do
    local i = debug.getinfo(level, "nSltu")
    if not i then print(level, "none") break end
    print(level, i.name, i.namewhat, i.what, i.short_src, i.currentline, i.linedefined, i.istailcall,
      i.nups, i.nparams, i.isvararg)
  end
end
up()
pcall(up)
coroutine.wrap(up)()
coroutine.wrap(function() pcall(function() up() end) end)()

print "-- deep"
local function recurse(n) if n == 0 then error "deep" end recurse(n - 1) end
print(select(2, xpcall(recurse, debug.traceback, 40)))
print(select(2, xpcall(recurse, debug.traceback, 20)))
