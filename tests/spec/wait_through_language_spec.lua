-- Waits in the places where the language calls functions: protected calls, metamethods, iterators,
-- modules that load. In a finalizer alone a wait is an error.

local task = require "braid.task"
local support = require "support"

-- A function that waits and then does what fn does.
local function slow(fn)
  return function(...)
    task.sleep(0.0005)
    return fn(...)
  end
end

local function object(metatable)
  return setmetatable({ n = 1 }, metatable)
end

-- Runs fn in the main chunk and in a task, while another task counts; both must give the value.
local function both_ways(fn, expected)
  local count, stop = 0, false
  local counter = task.spawn(function()
    while not stop do
      count = count + 1
      task.yield()
    end
  end)
  expect(fn()):equals(expected)
  expect(task.run(fn)):equals(expected)
  stop = true
  counter:join()
  expect(count):at_least(1)
end

test("pcall and xpcall return what the function came to", function()
  both_ways(function() return select(2, pcall(slow(function() return "value" end))) end, "value")
  both_ways(function() return select(2, pcall(slow(error), "text", 0)) end, "text")
  both_ways(function()
    return select(2, xpcall(slow(error), function(e) return e .. "!" end, "text", 0))
  end, "text!")
end)

test("__index and __newindex", function()
  both_ways(function() return object { __index = slow(function(_, k) return k end) }.key end, "key")
  both_ways(function()
    local seen
    object { __newindex = slow(function(_, _, v) seen = v end) }.key = "value"
    return seen
  end, "value")
end)

test("arithmetic, concatenation, length, call", function()
  local mt = {
    __add = slow(function() return "add" end), __unm = slow(function() return "unm" end),
    __idiv = slow(function() return "idiv" end), __band = slow(function() return "band" end),
    __concat = slow(function() return "concat" end), __len = slow(function() return "len" end),
    __call = slow(function(_, x) return "call " .. x end),
  }
  both_ways(function() return object(mt) + 1 end, "add")
  both_ways(function() return -object(mt) end, "unm")
  both_ways(function() return 1 // object(mt) end, "idiv")
  both_ways(function() return object(mt) & 1 end, "band")
  both_ways(function() return "a" .. object(mt) end, "concat")
  both_ways(function() return #object(mt) end, "len")
  both_ways(function() return object(mt)(1) end, "call 1")
end)

test("comparisons", function()
  local mt = {
    __eq = slow(function(a, b) return a.n == b.n end),
    __lt = slow(function(a, b) return a.n < b.n end),
    __le = slow(function(a, b) return a.n <= b.n end),
  }
  both_ways(function() return object(mt) == object(mt) end, true)
  both_ways(function() return object(mt) < object(mt) end, false)
  both_ways(function() return object(mt) <= object(mt) end, true)
  both_ways(function() return object(mt) ~= object(mt) end, false)
end)

test("__close, on leaving a block, by an error and by return", function()
  both_ways(function()
    local order = ""
    do
      local _ <close> = object { __close = slow(function() order = order .. "closed " end) }
      order = order .. "body "
    end
    return order .. "after"
  end, "body closed after")
  both_ways(function()
    local closed = "open"
    pcall(function()
      local _ <close> = object { __close = slow(function(_, e) closed = e end) }
      error("error", 0)
    end)
    return closed
  end, "error")
  both_ways(function()
    local _ <close> = object { __close = slow(function() end) }
    return "returned"
  end, "returned")
end)

test("iterators, __pairs, and the closing value of a for", function()
  both_ways(function()
    local sum, closed = 0, 0
    local function iterate(n, i) if i < n then return i + 1 end end
    for i in slow(iterate), 4, 0, object { __close = slow(function() closed = 100 end) } do
      sum = sum + i
    end
    return sum + closed
  end, 110)
  both_ways(function()
    local keys = ""
    local paired = object { __pairs = slow(function(t) return next, t end) }
    for k in pairs(paired) do keys = keys .. k end
    return keys
  end, "n")
end)

-- Makes a directory with the module "name" in it, lets body use it, and cleans up.
local serial = 0
local function with_module(source, body)
  serial = serial + 1
  local path = os.tmpname()
  os.remove(path)
  local name = "braid_spec_module_" .. serial
  local file, saved = path .. name .. ".lua", package.path
  support.write_file(file, source)
  package.path = path .. "?.lua;" .. package.path
  local ok, err = pcall(body, name, file)
  package.path = saved
  package.loaded[name] = nil
  os.remove(file)
  if not ok then error(err, 0) end
end

test("require waits for a module that waits", function()
  with_module("require 'braid.task'.sleep(0.002) return 'module'", function(name)
    local steps = 0
    local t = task.spawn(require, name)
    while not t:done() do
      steps = steps + 1
      task.sleep(0)
    end
    expect(t:result()):equals "module"
    expect(require(name)):equals "module"
    expect(steps):at_least(2)
  end)
end)

test("require of a module that another task is loading waits for it", function()
  loads_of_module = 0 -- luacheck: ignore
  local source = "loads_of_module = loads_of_module + 1 " ..
    "require 'braid.task'.sleep(0.005) return { loaded = true }"
  with_module(source, function(name)
    local results = task.gather({ require, name }, { require, name }, { require, name })
    expect(results[1].loaded):is_true()
    expect(results[1] == results[2] and results[2] == results[3]):is_true()
    expect(loads_of_module):equals(1)
  end)
end)

test("a module that fails after a wait fails for whoever asked, and can be tried again", function()
  with_module("require 'braid.task'.sleep(0.002) error('broken module', 0)", function(name)
    local a, b = task.spawn(require, name), task.spawn(require, name)
    expect(tostring(a:exception())):matches "broken module"
    expect(tostring(b:exception())):matches "broken module"
    expect_error(function() require(name) end, "broken module")
  end)
end)

test("dofile waits and returns the results of the file", function()
  with_module("require 'braid.task'.sleep(0.001) return 'a', 'b'", function(_, file)
    expect(table.pack(dofile(file))):same { "a", "b", n = 2 }
    expect(table.pack(task.run(dofile, file))):same { "a", "b", n = 2 }
  end)
end)

test("a wait in a finalizer is an error", function()
  local ok, err
  setmetatable({}, { __gc = function() ok, err = pcall(task.sleep, 0) end })
  support.collect()
  expect(ok):is_false()
  expect(tostring(err)):matches "__gc"
  expect(task.sleep(0, "goes on")):equals "goes on"
end)
