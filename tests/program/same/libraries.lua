-- Every function that the standard libraries have: its kind, and what it says when called badly.

local names = {}
for name, value in pairs(_G) do
  if type(value) == "table" and name ~= "_G" and name ~= "arg" and name ~= "package" then
    for field in pairs(value) do names[#names + 1] = name .. "." .. field end
  else
    names[#names + 1] = name
  end
end
table.sort(names)

local function get(name)
  local library, field = name:match "^(%w+)%.(%w+)$"
  if library then return _G[library][field] end
  return _G[name]
end

-- These would end, stop or drown the script.
local left_out = { ["os.exit"] = true, ["io.read"] = true, ["debug.debug"] = true, print = true,
  ["io.lines"] = true, ["os.tmpname"] = true, ["io.tmpfile"] = true, ["io.close"] = true,
  ["os.time"] = true, ["os.clock"] = true, ["os.date"] = true, collectgarbage = true,
  ["math.random"] = true, ["math.randomseed"] = true, ["io.output"] = true, ["io.input"] = true,
  dofile = true, ["debug.sethook"] = true, ["io.stdin"] = true, ["coroutine.yield"] = true,
  ["debug.setmetatable"] = true, ["debug.getregistry"] = true, ["coroutine.running"] = true,
  ["debug.gethook"] = true, warn = true, ["debug.setcstacklimit"] = true, ["io.write"] = true }

local function plain(...)
  local values = table.pack(...)
  for i = 1, values.n do
    -- One function under two names: messages have either.
    values[i] = tostring(values[i]):gsub(": 0x%x+", ""):gsub(": builtin.*", ""):gsub("atan2", "atan")
  end
  return table.concat(values, " ")
end

for _, name in ipairs(names) do
  local f = get(name)
  print(name, type(f))
  if type(f) == "function" and not left_out[name] then
    print("", "()", plain(pcall(f)))
    print("", "(nil)", plain(pcall(f, nil)))
    print("", "(true)", plain(pcall(f, true)))
    print("", "('x', {})", plain(pcall(f, "x", {})))
    print("", "({}, 1.5)", plain(pcall(f, {}, 1.5)))
  end
end

for _, name in ipairs { "__index", "__name", "__gc", "__close", "__tostring" } do
  print(name, type(getmetatable(io.stdout)[name]), type(getmetatable("")[name]))
end
print(_VERSION, math.pi, math.maxinteger, utf8.charpattern == "[\0-\x7F\xC2-\xFD][\x80-\xBF]*")
print(collectgarbage "isrunning", collectgarbage "incremental", collectgarbage "generational")
print(collectgarbage "step", collectgarbage "stop", collectgarbage "isrunning", collectgarbage "restart")
print(math.type(collectgarbage "count"), collectgarbage "setpause", collectgarbage "setstepmul")
print(debug.gethook())
print(debug.getmetatable("").__index == string, debug.getmetatable(nil), debug.getmetatable(print))
