-- Once: one unit does it, the others wait until it is done.

local sync = require "braid.sync"
local task = require "braid.task"
local units = require "units"

test("the first caller gets what the function returned, later ones nothing", function()
  local once, calls = sync.Once(), 0
  local function fn(...)
    calls = calls + 1
    return ...
  end
  expect(table.pack(once:call(fn, 1, nil, 3))):same { 1, nil, 3, n = 3 }
  expect(table.pack(once:call(fn, 1))):same { n = 0 }
  expect(calls):equals(1)
end)

test("an error goes to its caller, and the next one tries again", function()
  local once, value = sync.Once(), {}
  expect(expect_error(function() once:call(error, value) end)):equals(value)
  local raised, err = pcall(once.call, once, error, nil)
  expect(raised):is_false()
  expect(err):is_nil()
  expect(once:call(function() return "done" end)):equals "done"
  expect(once:call(error, "not called")):is_nil()
end)

test("calling it from inside itself raises deadlock", function()
  local once = sync.Once()
  expect_error(function()
    once:call(function() once:call(print) end)
  end, "deadlock")
  expect(once:call(function() return 1 end)):equals(1)
end)

test("a coroutine that is closed inside has not done it", function()
  local once = sync.Once()
  local co = coroutine.create(function() once:call(coroutine.yield) end)
  coroutine.resume(co)
  expect(coroutine.close(co)):is_true()
  expect(once:call(function() return 1 end)):equals(1)
end)

test("wrong arguments raise", function()
  local once = sync.Once()
  expect_error(function() once:call(5) end, "bad argument #1 to 'call' %(function expected, got number")
  expect_error(function() once:call() end, "got no value")
  expect_error(function() once.call(5, print) end, "bad argument #1 to 'call' %(Once expected")
  once:call(function() end)
  expect_error(function() once:call(5) end, "function expected")
  expect(once:call(setmetatable({}, { __call = function() return 1 end }))):is_nil()
  expect(tostring(once)):matches "^Once: "
end)

units.each(function(kind, spawn)
  local suffix = (" (%s)"):format(kind)

  test("all others wait until it is done" .. suffix, function()
    local once, go, entered, calls = sync.Once(), sync.Event(), sync.Event(), sync.Semaphore(0)
    local function call()
      local early
      local results = table.pack(once:call(function()
        calls:release()
        entered:set()
        go:wait()
        return "first"
      end))
      early = not go:is_set()
      return { results[1], results.n, early }
    end
    local first = spawn(call)
    entered:wait()
    local list = {}
    for i = 1, 3 do list[i] = spawn(call) end
    units.meet_waiting(3, "a Once")
    go:set()
    expect(first:result()):same { "first", 1, false }
    for i = 1, 3 do expect(list[i]:result()):same { nil, 0, false } end
    expect(calls:acquire(0)):is_true()
    expect(calls:acquire(0)):is_false()
  end)

  for how, fail in pairs {
    ["raises"] = function() error "on purpose" end,
    ["is cancelled"] = function() require "braid.task".sleep(60) end,
  } do
    test("when the one that tries " .. how .. " one that waits tries" .. suffix, function()
      local once, go, entered = sync.Once(), sync.Event(), sync.Event()
      local first = spawn(function()
        return (pcall(once.call, once, function()
          entered:set()
          go:wait()
          fail()
        end))
      end)
      entered:wait()
      local list = {}
      for i = 1, 3 do
        list[i] = spawn(function() return once:call(function() return "tried" end) or "waited" end)
      end
      units.meet_waiting(3, "a Once")
      go:set()
      if how == "is cancelled" then first:cancel() end
      local ok, returned = pcall(first.result, first)
      expect(ok and returned):is_false()
      local results = units.results(list)
      table.sort(results)
      expect(results):same { "tried", "waited", "waited" }
    end)
  end

  test("a cancelled wait ends alone" .. suffix, function()
    local once, go, entered = sync.Once(), sync.Event(), sync.Event()
    local first = spawn(function()
      return once:call(function()
        entered:set()
        return go:wait()
      end)
    end)
    entered:wait()
    local waiter = spawn(function() once:call(print) end)
    units.meet_waiting(1, "a Once")
    waiter:cancel()
    waiter:join()
    expect(waiter:cancelled()):is_true()
    go:set()
    expect(first:result()):is_true()
  end)
end)

test("a thousand tasks, one call", function()
  local once, calls, list = sync.Once(), 0, {}
  for i = 1, 1000 do
    list[i] = task.spawn(once.call, once, function()
      task.sleep(0)
      calls = calls + 1
    end)
  end
  task.joinall(list)
  expect(calls):equals(1)
end)
