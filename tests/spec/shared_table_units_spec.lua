-- braid.shared: one Table, many units.

local shared = require "braid.shared"
local sync = require "braid.sync"
local task = require "braid.task"
local units = require "units"
local Table = shared.Table

units.each(function(kind, spawn)
  local function named(text) return text .. " (" .. kind .. ")" end

  local function all(count, fn, ...)
    local many = {}
    for i = 1, count do many[i] = spawn(fn, i, ...) end
    for _, unit in ipairs(many) do unit:result() end
  end

  test(named "increments, appends and updates lose nothing", function()
    local st = Table()
    all(4, function(which, t)
      local pause = require("braid.task").yield
      for n = 1, 250 do
        t:incr("sum")
        t:append(which)
        t:update("list", function(list)
          list = list or {}
          list[which] = (list[which] or 0) + 1
          if n % 50 == 0 then pause() end
          return list
        end)
      end
    end, st)
    expect(st.sum):equals(1000)
    expect(st.list):same {250, 250, 250, 250}
    local counts = {0, 0, 0, 0}
    for _, which in ipairs(st:tolist()) do counts[which] = counts[which] + 1 end
    expect(counts):same {250, 250, 250, 250}
  end)

  test(named "updates of different keys do not disturb each other", function()
    local st = Table()
    all(4, function(which, t)
      for _ = 1, 100 do
        t:update(which, function(n) return (n or 0) + 1 end)
        t:update("k" .. which, function(n) return (n or 0) + 1 end)
      end
    end, st)
    expect(st:totable()):same {100, 100, 100, 100, k1 = 100, k2 = 100, k3 = 100, k4 = 100}
  end)

  test(named "an update may wait, and others wait for it", function()
    local st, inside, go = Table {n = 1}, sync.Event(), sync.Event()
    local slow = spawn(function(t, reached, leave)
      t:update("n", function(n)
        reached:set()
        leave:wait()
        return n + 1
      end)
    end, st, inside, go)
    inside:wait()
    local other = spawn(function(t) return t:update("n", function(n) return n * 10 end) end, st)
    expect(st.n):equals(1)
    go:set()
    slow:result()
    expect(other:result()):equals(20)
    expect(st.n):equals(20)
  end)

  test(named "changes wait for an update, whose function is called once", function()
    local changes = {
      function(t) t.n = 100 end,
      function(t) t.other = 100 end,
      function(t) return t:incr("n", 100) end,
      function(t) return t:append {"x"} end,
      function(t) t:insert(1, "first") end,
      function(t) return t:remove(1) end,
      function(t) return t:remove() end,
    }
    local st, inside, go = Table {"one", "two", n = 1}, sync.Event(), sync.Event()
    local calls, begun = shared.Value("i32"), shared.Value("i32")
    local slow = spawn(function(t, reached, leave, count)
      return t:update("n", function(n)
        count:add(1)
        reached:set()
        leave:wait()
        return n + #t
      end)
    end, st, inside, go, calls)
    inside:wait()
    local writers = {}
    for i, change in ipairs(changes) do
      writers[i] = spawn(function(t, started, fn)
        started:add(1)
        return fn(t)
      end, st, begun, change)
    end
    while begun.value < #changes do task.yield() end
    for _ = 1, 10 do task.yield() end
    expect(st:totable()):same {"one", "two", n = 1}
    go:set()
    expect(slow:result()):equals(3)
    local results = {}
    for i, writer in ipairs(writers) do results[i] = writer:result() end
    expect(calls.value):equals(1)
    expect(results[3] == 103 or results[3] == 200):is_true()
    expect(st.n == 100 or st.n == 200):is_true()
    expect(st.other):equals(100)
    expect(#st):equals(2)
    expect(results[4] >= 1):is_true()
  end)

  test(named "remove(1) gives nil when others have emptied the table, and never raises", function()
    local st = Table()
    local list = {}
    for i = 1, 3 do
      list[i] = spawn(function(t)
        local taken = 0
        for k = 1, 300 do
          t:append(k)
          if t:remove(1) then taken = taken + 1 end
          if t:remove(1) then taken = taken + 1 end
        end
        return taken
      end, st)
    end
    local taken = 0
    for i = 1, 3 do taken = taken + list[i]:result() end
    expect(taken + #st):equals(900)
    expect(Table():remove(1)):is_nil()
  end)

  test(named "a change that waited raises what it would have raised", function()
    local st, inside, go = Table {n = 1}, sync.Event(), sync.Event()
    local slow = spawn(function(t, reached, leave)
      t:update("n", function()
        reached:set()
        leave:wait()
        return "text"
      end)
    end, st, inside, go)
    inside:wait()
    local function failing(change)
      return spawn(function(t) return select(2, pcall(change, t)) end, st)
    end
    local waiting = {
      failing(function(t) t:incr("n") end),
      failing(function(t) t:insert(9, "x") end),
    }
    for _ = 1, 10 do task.yield() end
    expect_error(function() st:append(nil) end, "value expected")  -- at once
    go:set()
    slow:result()
    expect(waiting[1]:result()):matches "shared_table_units_spec.*cannot increment a string"
    expect(waiting[2]:result()):matches "bad argument #1 to 'insert' %(position out of bounds%)"
    st.n = 5
    expect(st:totable()):same {n = 5}
  end)

  test(named "updates and plain increments at once lose nothing", function()
    local st, calls = Table {n = 0}, shared.Value("i64")
    all(4, function(which, t, count)
      for _ = 1, 200 do
        if which % 2 == 0 then
          t:incr("n")
        else
          t:update("n", function(n)
            count:add(1)
            return n + 1
          end)
        end
      end
    end, st, calls)
    expect(st.n):equals(800)
    expect(calls.value):equals(400)
  end)

  test(named "what one unit writes another reads, of every kind of value", function()
    local st, done = Table(), sync.Event()
    local writer = spawn(function(t, finished)
      t.text, t.long, t.deep = "x", ("y"):rep(1000), {a = {b = {1, 2}}}
      t.fn = function(n) return n * 2 end
      t.handle = finished
      t.inner = require("braid.shared").Table {"from there"}
      finished:set()
    end, st, done)
    done:wait()
    expect(st.text .. #st.long):equals "x1000"
    expect(st.deep.a.b):same {1, 2}
    expect(st.fn(4)):equals(8)
    expect(st.handle == done):is_true()
    expect(st.inner[1]):equals "from there"
    writer:result()
  end)

  test(named "readers see whole values while writers replace them", function()
    local st = Table {v = {0, 0}, s = ("0"):rep(50)}
    all(4, function(which, t)
      for n = 1, 200 do
        if which % 2 == 0 then
          t.v = {n, n}
          t.s = tostring(n % 10):rep(50)
        else
          local v, s = t.v, t.s
          if v[1] ~= v[2] or s ~= s:sub(1, 1):rep(50) then error "torn" end
        end
      end
    end, st)
    expect(st.v[1]):equals(st.v[2])
  end)

  test(named "snapshots are of one moment", function()
    local st = Table()
    all(3, function(which, t)
      for n = 1, 100 do
        if which == 1 then
          t:append(n)
        else
          local list = t:tolist()
          for i, item in ipairs(list) do
            if i ~= item then error "not a moment" end
          end
        end
      end
    end, st)
    expect(#st):equals(100)
  end)

  test(named "a unit that ends in an update leaves the table to others", function()
    local st = Table {n = 1}
    local failing = spawn(function(t) t:update("n", function() error "gone" end) end, st)
    expect_error(function() failing:result() end, "gone")
    expect(st:update("n", function(n) return n + 1 end)):equals(2)
  end)
end)

units.each(function(kind, spawn)
  test("an update that is never finished ends with its unit (" .. kind .. ")", function()
    local st = Table {n = 1}
    spawn(function(t)
      coroutine.wrap(function()
        t:update("n", function(n)
          coroutine.yield()
          return n + 1
        end)
      end)()
    end, st):result()
    st.m = 2
    expect(st:update("n", function(n) return n * 10 end)):equals(10)
    expect(st:totable()):same {n = 10, m = 2}
  end)

  test("an update that its unit's cancellation ends did not happen (" .. kind .. ")", function()
    local st, inside = Table {n = 1}, sync.Event()
    local updating = spawn(function(t, reached)
      t:update("n", function(n)
        reached:set()
        require("braid.task").sleep(60)
        return n + 1
      end)
    end, st, inside)
    inside:wait()
    local waiting = task.spawn(function() return st:incr("n", 10) end)
    task.yield()
    updating:cancel()
    expect(waiting:result()):equals(11)
    updating:join()
    expect(st.n):equals(11)
  end)
end)

test("an update that another unit goes on with changes nothing", function()
  local st = Table {n = 1}
  local going = coroutine.create(function()
    st:update("n", function(n)
      coroutine.yield()
      return n + 1
    end)
  end)
  local first = task.spawn(function()
    coroutine.resume(going)
    task.sleep(60)
  end)
  task.yield()
  local ok, err = coroutine.resume(going)
  expect(ok):is_false()
  expect(err.kind):equals "invalid_state"
  expect(st.n):equals(1)
  first:cancel()
  first:join()
  st.n = 5
  expect(st.n):equals(5)
end)

test("a cancelled update did not happen", function()
  local st = Table {n = 1}
  local updating = task.spawn(function()
    st:update("n", function(n)
      task.sleep(60)
      return n + 1
    end)
  end)
  task.yield()
  updating:cancel()
  updating:join()
  expect(updating:cancelled()):is_true()
  expect(st.n):equals(1)
  expect(st:get_lock():try_acquire()):is_true()
  st:get_lock():release()
end)

test("a change that waits for an update can be cancelled, and did not happen", function()
  local st, go = Table {n = 1}, sync.Event()
  local updating = task.spawn(function()
    st:update("n", function(n)
      go:wait()
      return n + 1
    end)
  end)
  task.yield()
  local writing = task.spawn(function() st.n = 100 end)
  local late = task.spawn(function() return task.timeout(0.01, function() st:incr("n") end) end)
  task.yield()
  writing:cancel()
  writing:join()
  late:join()
  expect(writing:cancelled()):is_true()
  expect(late:exception().kind):equals "timeout"
  go:set()
  updating:join()
  expect(st.n):equals(2)
  st.n = 3
  expect(st.n):equals(3)
end)

test("two updates that want each other's table end in a deadlock error", function()
  local a, b, both = Table {n = 1}, Table {n = 1}, 0
  local function crossing(first, second)
    return task.spawn(function()
      return first:update("n", function()
        both = both + 1
        while both < 2 do task.yield() end
        return second:update("n", function() return 2 end)
      end)
    end)
  end
  local one, two = crossing(a, b), crossing(b, a)
  one:join()
  two:join()
  local errors = {}
  for _, unit in ipairs {one, two} do
    local err = unit:exception()
    if err then errors[#errors + 1] = err.kind end
  end
  expect(errors):same {"deadlock"}
end)

test("an update waits also in a sort comparator", function()
  local st, started, let = Table {n = 1}, sync.Event(), sync.Event()
  local other = task.spawn(function()
    started:wait()
    let:set()
  end)
  table.sort({2, 1}, function(x, y)
    st:update("n", function(n)
      started:set()
      let:wait()
      return n + 1
    end)
    return x < y
  end)
  other:join()
  expect(st.n >= 2):is_true()
end)

test("a dropped table gives its memory back, with all that is in it", function()
  local function rss()
    for line in io.lines "/proc/self/status" do
      local kilobytes = line:match "^RssShmem:%s+(%d+)"
      if kilobytes then return tonumber(kilobytes) end
    end
  end
  local function round()
    local st = Table()
    st.big, st.itself, st.other = ("x"):rep(1 << 20), st, Table {st}
    for i = 1, 1000 do st[i] = {i} end
    local _ = st:totable()
  end
  for _ = 1, 20 do round() end
  collectgarbage()
  collectgarbage()
  local before = rss()
  for _ = 1, 200 do
    round()
    collectgarbage()
  end
  expect(rss() - before):at_most(32 * 1024)
end)
