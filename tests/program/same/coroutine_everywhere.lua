-- Yields from the places where Lua allows them, and the errors from where it does not.
-- luacheck: ignore

local function run(label, fn)
  local co = coroutine.create(fn)
  local step, value = 0, nil
  repeat
    local r = table.pack(coroutine.resume(co, value))
    step = step + 1
    value = "answer " .. step
    print(label, step, coroutine.status(co), table.unpack(r, 1, r.n))
  until coroutine.status(co) == "dead" or step > 10
end

local yielding = setmetatable({}, {
  __index = function(_, k) return coroutine.yield("index", k) end,
  __newindex = function(_, k, v) coroutine.yield("newindex", k, v) end,
  __add = function(_, b) return coroutine.yield("add", b) end,
  __concat = function(_, b) return coroutine.yield("concat", b) end,
  __unm = function() return coroutine.yield "unm" end,
  __len = function() return coroutine.yield "len" end,
  __eq = function() return coroutine.yield "eq" end,
  __lt = function() return coroutine.yield "lt" end,
  __le = function() return coroutine.yield "le" end,
  __call = function(_, ...) return coroutine.yield("call", ...) end,
  __close = function() coroutine.yield "close" end,
  __tostring = function() return coroutine.yield "tostring" end,
  __pairs = function() coroutine.yield "pairs" return next, {}, nil end,
  __idiv = function(_, b) return coroutine.yield("idiv", b) end,
  __band = function(_, b) return coroutine.yield("band", b) end,
})
local other = setmetatable({}, getmetatable(yielding))

run("index", function() return yielding.key end)
run("newindex", function() yielding.key = 1 end)
run("add", function() return yielding + 1 end)
run("concat", function() return "x" .. yielding .. "y" end)
run("unm", function() return -yielding end)
run("len", function() return #yielding end)
run("eq", function() return yielding == other end)
run("ne", function() return yielding ~= other end)
run("lt", function() return yielding < other end)
run("le", function() return yielding <= other end)
run("not le", function() return not (yielding <= other) end)
run("call", function() return yielding(1, 2) end)
run("tail call", function() return (yielding(1, 2)) end)
run("close", function() local c <close> = yielding return 1, 2 end)
run("close in a loop", function() for i = 1, 2 do local c <close> = yielding end return "end" end)
run("tostring", function() return tostring(yielding) end)
run("pairs", function() for _ in pairs(yielding) do end return "end" end)
run("idiv", function() return yielding // 2 end)
run("band", function() return yielding & 2 end)
run("for in", function() for a, b in coroutine.yield, "s", "c" do return a, b end end)
run("pcall", function() return pcall(coroutine.yield, 1) end)
run("pcall error", function() return pcall(function() coroutine.yield(1) error("x", 0) end) end)
run("xpcall", function() return xpcall(coroutine.yield, print, 1) end)
run("xpcall error", function()
  return xpcall(function() coroutine.yield(1) error("x", 0) end, function(m) return "handled " .. m end)
end)
run("pcall in pcall", function() return pcall(pcall, pcall, coroutine.yield, 1) end)
run("handler yields", function() return xpcall(error, function() coroutine.yield(1) end) end)
run("sort", function() table.sort({ 3, 1, 2 }, function() coroutine.yield(1) end) end)
run("gsub", function() return (string.gsub("x", ".", function() coroutine.yield(1) end)) end)
run("load", function() return load(function() coroutine.yield(1) end) end)
run("dofile", function() local name = os.tmpname()
  local file = assert(io.open(name, "w")) file:write "return coroutine.yield('in a file', ...)" file:close()
  local value = dofile(name) os.remove(name) return value end)
run("require", function()
  package.preload.yielding = function(name) return coroutine.yield("in require", name) end
  local ok, message = pcall(require, "yielding")
  package.preload.yielding = nil
  return ok, message
end)
run("select", function() return select("#", coroutine.yield(table.unpack({}, 1, 30))) end)
run("metamethod of a metamethod", function()
  local t = setmetatable({}, { __index = setmetatable({}, { __index = yielding }) })
  return t.x
end)
run("hook", function()
  debug.sethook(function() coroutine.yield(1) end, "l")
  local x = 1
  debug.sethook()
  return x
end)
print(pcall(coroutine.yield, "at the top") or "refused")
