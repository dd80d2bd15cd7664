-- How threads are made and started, and what they say of themselves.

local thread = require "braid.thread"
local sync = require "braid.sync"
local Thread = thread.Thread

test("spawn makes and starts: the function runs with the arguments", function()
  local t = thread.spawn(function(a, b, ...) return a + b, select("#", ...) end, 1, 2, nil, nil)
  expect({ t:result() }):same { 3, 2 }
end)

test("a Thread runs its target when it is started", function()
  local t = Thread { target = function(a, b) return a .. b end, args = { "x", "y" } }
  expect(t:is_alive()):is_false()
  expect(t:start()):is_nil()
  expect(t:result()):equals "xy"
  expect(t:is_alive()):is_false()
end)

test("threads run at the same time, and in a Lua state of their own", function()
  GLOBAL = "here" -- luacheck: ignore
  local first, second = sync.Event(), sync.Event()
  local function meet(mine, other)
    GLOBAL = "there" -- luacheck: ignore
    mine:set()
    return other:wait(10)
  end
  local a, b = thread.spawn(meet, first, second), thread.spawn(meet, second, first)
  expect(a:result()):is_true()
  expect(b:result()):is_true()
  expect(GLOBAL):equals "here" -- luacheck: ignore
  GLOBAL = nil -- luacheck: ignore
end)

test("args may have holes when they say how many they are", function()
  local function count(...) return select("#", ...), ... end
  local t = Thread { target = count, args = table.pack(nil, 2, nil) }
  t:start()
  expect(table.pack(t:result())):same { 3, nil, 2, nil, n = 4 }
end)

test("kwargs come as the last argument", function()
  local function take(a, options) return a, options and options.depth end
  local t = Thread { target = take, args = { 1 }, kwargs = { depth = 3 } }
  t:start()
  expect({ t:result() }):same { 1, 3 }
  t = Thread { target = take, args = table.pack(nil), kwargs = { depth = 4 } }
  t:start()
  expect(table.pack(t:result())):same { nil, 4, n = 2 }
  t = Thread { target = function(options) return options.x end, kwargs = { x = 5 } }
  t:start()
  expect(t:result()):equals(5)
end)

test("a table that can be called is a target", function()
  local callable = setmetatable({ 40 }, { __call = function(self, x) return self[1] + x end })
  expect(thread.spawn(callable, 2):result()):equals(42)
  local t = Thread { target = callable, args = { 3 } }
  t:start()
  expect(t:result()):equals(43)
end)

test("a C function is a target", function()
  expect({ thread.spawn(math.max, 3, 9, 5):result() }):same { 9 }
end)

test("a thread without a target ends at once", function()
  local t = Thread()
  t:start()
  expect(t:join(10)):is_true()
  expect(select("#", t:result())):equals(0)
end)

test("names are given, or counted where none is given", function()
  local a, b, c = Thread(), Thread { name = "own" }, Thread {}
  local number = tonumber(a.name:match "^Thread%-(%d+)$")
  expect(b.name):equals "own"
  expect(c.name):equals("Thread-" .. number + 1)
  a.name = "other"
  expect(a.name):equals "other"
  a.name = ""
  expect(a.name):equals ""
  a.name = ("x"):rep(255)
  expect(a.name):equals(("x"):rep(255))
  expect_error(function() a.name = ("x"):rep(256) end, "at most 255 bytes")
  expect_error(function() a.name = "a\0b" end, "no zero bytes")
  expect_error(function() a.name = 5 end, "a Thread's name is a string, got number")
  expect(a.name):equals(("x"):rep(255))
end)

test("a name set from anywhere is seen everywhere", function()
  local ready, go = sync.Event(), sync.Event()
  local t = thread.spawn(function()
    thread.current_thread().name = "from inside"
    ready:set()
    go:wait()
    return thread.current_thread().name
  end)
  ready:wait()
  expect(t.name):equals "from inside"
  t.name = "from outside"
  go:set()
  expect(t:result()):equals "from outside"
end)

test("daemon by the constructor, and before the start", function()
  local t = Thread { target = print, daemon = true }
  expect(t.daemon):is_true()
  t.daemon = false
  expect(t.daemon):is_false()
  t = Thread { target = function() return thread.current_thread().daemon end }
  expect(t.daemon):is_false()
  t.daemon = true
  t:start()
  expect(t:result()):is_true()
end)

test("daemon by inheritance from the thread that makes it", function()
  local function make() return thread.Thread().daemon, thread.Thread { daemon = false }.daemon end
  local t = Thread { target = make, daemon = true }
  t:start()
  expect({ t:result() }):same { true, false }
  expect({ thread.spawn(make):result() }):same { false, false }
end)

test("daemon cannot be set once it was started", function()
  local t = thread.spawn(function() end)
  expect_error(function() t.daemon = true end, "invalid_state")
  t:join()
  expect_error(function() t.daemon = true end, "invalid_state")
  expect(t.daemon):is_false()
  expect_error(function() thread.main_thread().daemon = true end, "invalid_state")
end)

test("ident and native_id are there once it was started", function()
  local go = sync.Event()
  local t = Thread { target = function() go:wait() return thread.get_ident() end }
  expect(t.ident):is_nil()
  expect(t.native_id):is_nil()
  t:start()
  expect(math.type(t.ident)):equals "integer"
  expect(math.type(t.native_id)):equals "integer"
  expect(t.native_id == thread.main_thread().native_id):is_false()
  go:set()
  expect(t:result()):equals(t.ident)
  expect(t.ident == thread.get_ident()):is_false()
end)

test("what a thread says of itself cannot be set", function()
  local t = Thread()
  expect_error(function() t.ident = 5 end, "cannot set field 'ident'")
  expect_error(function() t.native_id = 5 end, "cannot set field 'native_id'")
  expect_error(function() t.daemon = 1 end, "a Thread's daemon is a boolean")
end)

test("fields of the script's own stay with the object", function()
  local t = Thread()
  t.tag = { 1 }
  expect(t.tag):same { 1 }
end)

test("current_thread, main_thread", function()
  local main = thread.current_thread()
  expect(main.name):equals "MainThread"
  expect(rawequal(main, thread.main_thread())):is_true()
  expect(main.daemon):is_false()
  expect(main:is_alive()):is_true()
  local t = thread.spawn(function(self_name)
    local me = thread.current_thread()
    me.tag = 1
    return me.name, me == thread.main_thread(), rawequal(me, thread.current_thread()), me.tag,
      thread.main_thread().name, self_name
  end, "x")
  expect({ t:result() }):same { t.name, false, true, 1, "MainThread", "x" }
end)

test("a thread that made another knows it by the same object", function()
  local go = sync.Event()
  local t = thread.spawn(function() go:wait() end)
  local found
  for _, one in ipairs(thread.enumerate()) do if rawequal(one, t) then found = one end end
  go:set()
  t:join()
  expect(found ~= nil):is_true()
end)

test("enumerate and active_count tell who is alive, main first", function()
  expect(thread.active_count()):equals(1)
  local go, made = sync.Event(), {}
  for i = 1, 20 do made[i] = thread.spawn(function() go:wait() end) end
  local idle = Thread()
  expect(thread.active_count()):equals(21)
  local all = thread.enumerate()
  expect(#all):equals(21)
  expect(all[1]):equals(thread.main_thread())
  for i = 1, 20 do expect(all[i + 1]):equals(made[i]) end
  expect(idle:is_alive()):is_false()
  expect(thread.spawn(function() return thread.active_count() end):result()):equals(22)
  go:set()
  for i = 1, 20 do made[i]:join() end
  expect(thread.active_count()):equals(1)
  expect(#thread.enumerate()):equals(1)
end)

test("handles of one thread are equal wherever they have been", function()
  local t = thread.spawn(function() return thread.current_thread() end)
  expect(t:result()):equals(t)
  expect(thread.spawn(function(x) return x end, t):result() == t):is_true()
  expect(t == thread.spawn(function() end)):is_false()
end)

test("tostring tells name and state", function()
  local t = Thread { name = "worker", daemon = true }
  expect(tostring(t)):equals "Thread (worker, created, daemon)"
  t:start()
  t:join()
  expect(tostring(t)):equals "Thread (worker, returned, daemon)"
end)

test("join: true when it has ended, false at the timeout", function()
  local go = sync.Event()
  local t = thread.spawn(function() go:wait() end)
  expect(t:join(0)):is_false()
  expect(t:join(0.01)):is_false()
  expect(t:join(-1)):is_false()
  expect(t:is_alive()):is_true()
  go:set()
  expect(t:join()):is_true()
  expect(t:join(0)):is_true()
  expect(t:join(thread.TIMEOUT_MAX)):is_true()
end)

test("TIMEOUT_MAX is a time that every wait takes", function()
  local go = sync.Event()
  local t = thread.spawn(function() return go:wait(thread.TIMEOUT_MAX) end)
  go:set()
  expect(t:join(thread.TIMEOUT_MAX)):is_true()
  expect(t:result(thread.TIMEOUT_MAX)):is_true()
end)

test("misuse of a thread's life is invalid_state and changes nothing", function()
  local t = Thread { target = function() return 7 end }
  expect_error(function() t:join() end, "invalid_state")
  expect_error(function() t:join(0) end, "invalid_state")
  expect_error(function() t:result() end, "invalid_state")
  expect_error(function() t:exception(1) end, "invalid_state")
  t:start()
  expect_error(function() t:start() end, "invalid_state")
  t:join()
  expect_error(function() t:start() end, "invalid_state")
  expect(t:result()):equals(7)
end)

test("a thread that two others start at once runs once", function()
  for _ = 1, 20 do
    local runs, go = {}, sync.Event()
    local t = Thread { target = function() return 1 end }
    for i = 1, 2 do
      runs[i] = thread.spawn(function(shared)
        go:wait()
        return (pcall(shared.start, shared))
      end, t)
    end
    go:set()
    expect(runs[1]:result() ~= runs[2]:result()):is_true()
    expect(t:result()):equals(1)
  end
end)

test("a thread cannot wait for itself, nor its tasks for it", function()
  expect_error(function() thread.current_thread():join() end, "invalid_state")
  local kinds = thread.spawn(function()
    local task = require "braid.task"
    local me, kinds = thread.current_thread(), {}
    for i, wait in ipairs { me.join, me.result, me.exception } do
      kinds[i] = select(2, pcall(wait, me)).kind
      kinds[i + 3] = task.spawn(function() return select(2, pcall(wait, me, 1)).kind end):result()
    end
    return kinds
  end):result()
  expect(#kinds):equals(6)
  for i = 1, 6 do expect(kinds[i]):equals "invalid_state" end
end)

test("wrong arguments are said and start nothing", function()
  for what, call in pairs {
    ["bad argument #1 to 'Thread' %(table expected, got number%)"] = function() Thread(5) end,
    ["bad argument #1 to 'Thread' %(target: function expected, got number%)"] =
      function() Thread { target = 5 } end,
    ["bad argument #1 to 'Thread' %(args: table expected, got string%)"] =
      function() Thread { target = print, args = "x" } end,
    ["bad argument #1 to 'Thread' %(kwargs: table expected, got boolean%)"] =
      function() Thread { kwargs = true } end,
    ["bad argument #1 to 'Thread' %(name: string expected, got number%)"] =
      function() Thread { name = 5 } end,
    ["bad argument #1 to 'Thread' %(daemon: boolean expected, got string%)"] =
      function() Thread { daemon = "yes" } end,
    ["bad argument #1 to 'Thread' %(unknown option 'deamon'%)"] =
      function() Thread { deamon = true } end,
    ["bad argument #1 to 'Thread' %(unknown option '1'%)"] = function() Thread { print } end,
    ["bad argument #1 to 'spawn' %(function expected, got nil%)"] = function() thread.spawn() end,
    ["bad argument #1 to 'extend' %(Thread class expected, got nil%)"] =
      function() Thread.extend() end,
    ["bad argument #2 to 'extend' %(string expected, got table%)"] =
      function() Thread:extend {} end,
    ["bad argument #1 to 'start' %(Thread expected, got number%)"] =
      function() Thread.start(5) end,
    ["bad argument #1 to 'join' %(number expected, got string%)"] =
      function() Thread():join "x" end,
    ["number expected, got nan"] = function() Thread():join(0 / 0) end,
    ["Thread expected, got no value"] = function() Thread.join() end,
    ["Thread expected, got table"] = function() Thread.cancel {} end,
  } do
    local err = expect_error(call, what)
    expect(tostring(err)):matches "thread_start_spec.lua:%d+:"
  end
  expect(thread.active_count()):equals(1)
end)

test("what cannot be sent names the path, and the thread is as before", function()
  local co = coroutine.create(print)
  local t = Thread { target = print, args = { 1, { conn = { co = co } } } }
  expect_error(function() t:start() end,
    "cannot send a coroutine %(argument 2, field \"conn.co\"%)")
  expect(t:is_alive()):is_false()
  expect_error(function() t:join() end, "invalid_state")
  expect_error(function() thread.spawn(function() return co end) end,
    "cannot send a coroutine %(upvalue \"co\"%)")
  expect_error(function() thread.spawn(print, io.stdout) end, "cannot send a file %(argument 1%)")
  expect(thread.active_count()):equals(1)
  t.args = { 3 }
  t.target = function(x) return x end
  t:start()
  expect(t:result()):equals(3)
end)
