-- Subclasses of Thread, and Timer.

local thread = require "braid.thread"
local sync = require "braid.sync"
local Thread = thread.Thread

test("a subclass says what its threads do", function()
  local Adder = Thread:extend "Adder"
  function Adder:init(a, b)
    Thread.init(self, { name = "adder" })
    self.a, self.b = a, b
  end
  function Adder:run() return self.a + self.b, self.name, tostring(self) end
  local t = Adder(3, 4)
  expect(tostring(t)):equals "Adder (adder, created)"
  t:start()
  expect({ t:result() }):same { 7, "adder", "Adder (adder, running)" }
end)

test("in the thread self is the thread that runs", function()
  local Mine = Thread:extend()
  function Mine:run()
    return rawequal(self, thread.current_thread()), self.ident == thread.get_ident(), self.tag
  end
  local t = Mine()
  t.tag = "tag"
  t:start()
  expect({ t:result() }):same { true, true, "tag" }
end)

test("init need not call that of Thread", function()
  local Bare = Thread:extend "Bare"
  function Bare:init(x) self.x = x end
  function Bare:run() return self.x end
  local t = Bare(5)
  expect(t.name):matches "^Thread%-%d+$"
  t:start()
  expect(t:result()):equals(5)
end)

test("subclasses of subclasses, with methods of their own", function()
  local Base = Thread:extend "Base"
  function Base:scale(x) return x * self.factor end
  function Base:run() return self:scale(10) end
  local Derived = Base:extend "Derived"
  function Derived:init(factor)
    Base.init(self)
    self.factor = factor
  end
  function Derived:scale(x) return Base.scale(self, x) + 1 end
  local t = Derived(3)
  t:start()
  expect(t:result()):equals(31)
end)

test("a subclass without run calls its target", function()
  local Named = Thread:extend "Named"
  local t = Named { target = function(x) return x end, args = { 6 } }
  t:start()
  expect(t:result()):equals(6)
end)

test("run may call that of Thread, with what target it has", function()
  local Twice = Thread:extend "Twice"
  function Twice:run() return Thread.run(self) * 2 end
  local t = Twice { target = function(x, o) return x + o.y end, args = { 6 }, kwargs = { y = 1 } }
  t:start()
  expect(t:result()):equals(14)
end)

test("run of one object alone", function()
  local t = Thread()
  t.run = function(self) return self.name end
  t:start()
  expect(t:result()):equals(t.name)
end)

test("a class can say that its threads are daemons", function()
  local Background = Thread:extend "Background"
  Background.daemon = true
  expect(Background().daemon):is_true()
  expect(Background { daemon = false }.daemon):is_false()
  local Deeper = Background:extend()
  function Deeper:init() self.was = self.daemon end
  expect(Deeper().was):is_true()
end)

test("classes travel: threads make threads of a class that they were given", function()
  local Worker = Thread:extend "Worker"
  function Worker:run() return self.n * 2 end
  local t = thread.spawn(function()
    local w = Worker()
    w.n = 21
    w:start()
    return w:result(), w
  end)
  local n, w = t:result()
  expect(n):equals(42)
  expect(w:result()):equals(42)
  expect(w.n):equals(21)
  expect(tostring(w)):matches "^Worker "
end)

test("run called by hand runs here", function()
  local here = Thread { target = function() return 1 end }
  expect(here:run()):equals(1)
  expect(here:is_alive()):is_false()
  expect(Thread():run()):is_nil()
end)

test("extend makes no class of an object", function()
  expect_error(function() Thread():extend "X" end, "Thread class expected")
end)

-- Timer --------------------------------------------------------------------------------------

test("a Timer calls after its time, with its arguments", function()
  local time = require "braid.time"
  local start = time.monotonic()
  local t = thread.Timer(0.02, function(a, o) return a, o.k, require("braid.time").monotonic() end,
    { 1 }, { k = 2 })
  expect(t:is_alive()):is_false()
  t:start()
  local a, k, now = t:result()
  expect(a):equals(1)
  expect(k):equals(2)
  expect(now - start):at_least(0.02)
end)

test("a Timer cancelled before it fires does not call", function()
  local called = sync.Event()
  local t = thread.Timer(60, function() called:set() end)
  t:start()
  t:cancel()
  expect(t:join(30)):is_true()
  expect(called:is_set()):is_false()
end)

test("a Timer cancelled before it was started does not call", function()
  local called = sync.Event()
  local t = thread.Timer(0, function() called:set() end)
  t:cancel()
  t:start()
  expect(t:join(30)):is_true()
  expect(called:is_set()):is_false()
end)

test("a Timer can be cancelled by another thread, and after it fired", function()
  local t = thread.Timer(60, function() end)
  t:start()
  thread.spawn(function(timer) timer:cancel() end, t):join()
  expect(t:join(30)):is_true()
  t:cancel()
  expect(t.finished:is_set()):is_true()
end)

test("a Timer is a Thread: it has a name, and may be a daemon", function()
  local t = thread.Timer(0, function() return thread.current_thread().name end)
  t.name, t.daemon = "alarm", true
  t:start()
  expect(t:result()):equals "alarm"
  t = thread.Timer(-5, function() return "at once" end)
  t:start()
  expect(t:result()):equals "at once"
end)

test("wrong arguments of Timer are said", function()
  local function nothing() end
  for what, arguments in pairs {
    ["bad argument #1 to 'Timer' %(number expected, got string%)"] = { "x", nothing },
    ["bad argument #1 to 'Timer' %(number expected, got nan%)"] = { 0 / 0, nothing },
    ["bad argument #2 to 'Timer' %(function expected, got nil%)"] = { 1 },
    ["bad argument #3 to 'Timer' %(table expected, got number%)"] = { 1, nothing, 5 },
    ["bad argument #4 to 'Timer' %(table expected, got number%)"] = { 1, nothing, {}, 5 },
  } do
    local err = expect_error(function() thread.Timer(table.unpack(arguments, 1, 4)) end, what)
    expect(err):matches "thread_class_spec.lua:%d+:"
  end
end)
