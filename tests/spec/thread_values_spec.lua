-- What goes along with the function that a thread runs: upvalues, globals, classes, modules.

local support = require "support"
local thread = require "braid.thread"
local sync = require "braid.sync"

test("closures that share an upvalue still share it on arrival", function()
  local n = 10
  local function inc() n = n + 1 end
  local function get() return n end
  expect(thread.spawn(function(i, g) i() i() return g() end, inc, get):result()):equals(12)
  expect(n):equals(10)
end)

test("recursion, through an upvalue and through a global", function()
  local function fib(k) return k < 2 and k or fib(k - 1) + fib(k - 2) end
  expect(thread.spawn(fib, 15):result()):equals(610)
  function FAC(k) return k < 2 and 1 or k * FAC(k - 1) end -- luacheck: ignore
  expect(thread.spawn(function() return FAC(10) end):result()):equals(3628800) -- luacheck: ignore
  FAC = nil -- luacheck: ignore
end)

test("globals that functions name go along, found transitively", function()
  SIZE, TABLE = 3, { 1, 2 } -- luacheck: ignore
  function HELPER() return SIZE * #TABLE end -- luacheck: ignore
  expect(thread.spawn(function()
    return (function() return HELPER() end)() -- luacheck: ignore
  end):result()):equals(6)
  SIZE, TABLE, HELPER = nil, nil, nil -- luacheck: ignore
end)

test("threads start threads, which have what the first was given", function()
  local function down(n)
    if n == 0 then return "ground" end
    return thread.spawn(down, n - 1):result()
  end
  expect(thread.spawn(down, 8):result()):equals "ground"
end)

test("classes keep their methods, also across two threads", function()
  local Point = {}
  Point.__index = Point
  function Point.new(x, y) return setmetatable({ x = x, y = y }, Point) end
  function Point:length() return (self.x ^ 2 + self.y ^ 2) ^ 0.5 end
  local p = thread.spawn(function()
    return thread.spawn(function(q) q.x = q.x * 2 return q end, Point.new(3, 8)):result()
  end):result()
  expect(p.length(p)):equals(10.0)
end)

test("locks and events are the same object in every thread", function()
  local lock, count = sync.Lock(), 200
  lock:acquire()
  local t = thread.spawn(function() return lock:acquire(0), lock == lock end)
  expect({ t:result() }):same { false, true }
  lock:release()
  local threads = {}
  for i = 1, 4 do
    threads[i] = thread.spawn(function()
      for _ = 1, count do lock:with(function() end) end
      return count
    end)
  end
  for i = 1, 4 do expect(threads[i]:result()):equals(count) end
end)

test("a thread finds modules where its creator does", function()
  local dir = os.tmpname()
  os.remove(dir)
  os.execute("mkdir " .. support.quote(dir))
  support.write_file(dir .. "/mine.lua", "return { answer = function() return 42 end }")
  local before = package.path
  package.path = dir .. "/?.lua;" .. before
  local mine = require "mine"
  local own = thread.spawn(function() return require("mine").answer(), package.path end)
  local as_upvalue = thread.spawn(function()
    return mine.answer(), mine == package.loaded.mine, thread.spawn(mine.answer):result()
  end)
  local results = { own:result() }
  expect(results):same { 42, package.path }
  expect({ as_upvalue:result() }):same { 42, true, 42 }
  package.path = before
  package.loaded.mine = nil
  os.execute("rm -r " .. support.quote(dir))
end)

test("package.path that is no string does no harm", function()
  local before = package.path
  package.path = nil
  local t = thread.spawn(function() return type(package.path) end)
  package.path = before
  expect(t:result()):equals "string"
end)

test("a thread object is sent light: what it was started with does not go along", function()
  local go = sync.Event()
  local t = thread.Thread { target = function() go:wait() end, args = { ("x"):rep(100) } }
  t:start()
  expect(thread.spawn(function(other)
    return rawget(other, "target") == nil and rawget(other, "args") == nil and other:is_alive()
  end, t):result()):is_true()
  go:set()
  t:join()
end)

test("a thread can be started by another than the one that made it", function()
  local t = thread.Thread { target = function(x) return x + 1 end, args = { 4 } }
  thread.spawn(function(other) other:start() end, t):join()
  expect(t:result()):equals(5)
end)

test("a handle sent back and forth until the sender is gone", function()
  local event = sync.Event()
  for _ = 1, 10 do
    local previous = event
    event = thread.spawn(function(e)
      return require("braid.thread").spawn(function(inner) return inner end, e):result()
    end, event):result()
    expect(event):equals(previous)
  end
  support.collect()
  event:set()
  expect(event:is_set()):is_true()
end)

test("methods of Thread travel, as upvalues and as arguments", function()
  local t = thread.spawn(function() return 5 end)
  expect(thread.spawn(t.result, t):result()):equals(5)
  local join, Thread = t.join, thread.Thread
  expect({ thread.spawn(function() return join(t), Thread == thread.Thread, Thread.run end):result() })
    :same { true, true, Thread.run }
end)
