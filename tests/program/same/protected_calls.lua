-- pcall, xpcall, error and assert: values, levels, handlers, handlers that fail.
-- luacheck: ignore

print(pcall(pcall))
print(pcall(xpcall))
print(pcall(xpcall, print))
print(pcall(error))
print(pcall(error, nil))
print(pcall(error, "m", 0))
print(pcall(error, "m", 1))
print(pcall(error, "m", 2))
print(pcall(error, "m", 100))
print(pcall(error, "m", "x"))
print(pcall(assert))
print(pcall(assert, false))
print(pcall(assert, nil, "m"))
print(pcall(assert, false, nil))
print(pcall(assert, 1, 2, 3))
print(select("#", pcall(print)))
print(pcall(1))
print(pcall(nil))
print(pcall({}))
print(pcall(setmetatable({}, { __call = function(_, ...) return ... end }), 1, 2))
print(pcall(function(...) return select("#", ...), ... end, nil, nil))

local function raise(level) error("level " .. level, level) end
local function caller(level) raise(level) end
for level = 0, 5 do print(pcall(caller, level)) end
print(pcall(function() error("tail", 2) end))
print(pcall(load("error('in chunk')", "=chunk")))
print(pcall(load("local x = y.z", "@some/file.lua")))
print(pcall(load("local x <close> = 1", "=c")))

-- runtime messages name the variable
local t, up = {}, nil
print(pcall(function() return up.x end))
print(pcall(function() return t.a.b end))
print(pcall(function() t.a.b = 1 end))
print(pcall(function() t.method() end))
print(pcall(function() t:method() end))
print(pcall(function() return undefined_global() end)) -- luacheck: ignore
print(pcall(function() return ("x")() end))
print(pcall(function() return 1 + t end))
print(pcall(function() return "a" + 1 end))
print(pcall(function() return 2 ^ 53 & 1.5 end))
print(pcall(function() return "1.5" | 1 end))
print(pcall(function() return 1 < "x" end))
print(pcall(function() return {} < {} end))
print(pcall(function() return #5 end))
print(pcall(function() return -{} end))
print(pcall(function() for i = 1, 10, 0 do print(i) end end))
print(pcall(function() for i = "a", 10 do print(i) end end))
print(pcall(function() t[nil] = 1 end))
print(pcall(function() t[0 / 0] = 1 end))
print(pcall(next, {}, "no such key"))
print(pcall(string.format, "%d", 1.5))
print(pcall(string.rep, "x", -1))
print(pcall(setmetatable, setmetatable({}, { __metatable = 1 }), {}))

-- xpcall: arguments, results, handlers
print(xpcall(function(...) return ... end, print, 1, nil, 3))
print(xpcall(error, function(m) return m, "second" end, "x"))
print(xpcall(error, function(...) return select("#", ...) end))
print(xpcall(error, function() end, "x"))
print(xpcall(error, function() error "handler" end, "x"))
print(xpcall(error, function(m) if m == "x" then error("again", 0) end return "got " .. tostring(m) end, "x"))
print(pcall(xpcall, error, 1, "x"))
print(pcall(xpcall, error, nil, "x"))
print(pcall(xpcall, error, {}, "x"))
print(pcall(xpcall, error, setmetatable({}, { __call = function(_, m) return "called " .. m end }), "x"))
print(xpcall(1, function(m) return "handled: " .. m end))
print(xpcall(function() local x = nil; x.y = 1 end, function(m) return "handled: " .. m end))
print(xpcall(function() return xpcall(error, function(m) return "inner " .. m end, "x") end, print))
print(xpcall(function() xpcall(error, print, "x") error("y", 0) end, function(m) return "outer " .. m end))
print(xpcall(error, debug.traceback, "text"))
print((xpcall(error, debug.traceback, {})))

local function overflow() return overflow() + 1 end
print((select(2, pcall(overflow)):gsub("%(.*", "")))
print(xpcall(overflow, function(m) return (m:match "stack overflow") end))
print(pcall(xpcall, overflow, overflow))
print(pcall(string.rep, "x", 1 << 40, "y"))
print(pcall(table.concat, setmetatable({}, { __len = function() return 1 << 40 end })))

-- to-be-closed variables in protected calls
local function closing(name, fail)
  return setmetatable({}, { __close = function(_, e)
    print("closing", name, e)
    if fail then error(fail, 0) end
  end })
end
print(pcall(function() local a <close> = closing "a" return 1, 2, 3 end))
print(pcall(function() local a <close> = closing "a" error("e", 0) end))
print(pcall(function() local a <close> = closing("a", "a fails") error("e", 0) end))
print(pcall(function() local a <close> = closing("a", "a fails") local b <close> = closing("b", "b fails") return 1 end))
print(pcall(function() local a <close> = nil local b <close> = false return "fine" end))
print(pcall(function() local a <close> = {} end))
print(xpcall(function() local a <close> = closing("a", "a fails") error("e", 0) end, function(m) return "h " .. m end))
print(pcall(pcall, function() local a <close> = closing "a" error("e", 0) end))

-- what debug says of them
for _, f in ipairs { pcall, xpcall, error, assert, require, dofile, load, print, os.exit } do
  local info = debug.getinfo(f, "Su")
  print(info.what, info.short_src, info.nparams, info.isvararg)
end
print(debug.getinfo(1, "n").name)
pcall(function() print(debug.getinfo(2, "n").name, debug.getinfo(2, "S").what, debug.getinfo(3, "S") and "more") end)
