-- Queue: put and get, waiting on both sides, bounds, closing, what can be sent. Each over tasks and
-- threads where a second unit takes part.

local queue = require "braid.queue"
local task = require "braid.task"
local sync = require "braid.sync"
local support = require "support"
local units = require "units"

-- The values left in a queue that is closed.
local function drain(q)
  local values = {}
  for v in q:iter() do values[#values + 1] = v end
  return values
end

test("messages come out in the order they were put", function()
  local q = queue.Queue()
  for i = 1, 100 do expect(q:put(i)):is_true() end
  expect(q:qsize()):equals(100)
  for i = 1, 100 do expect(q:get()):equals(i) end
  expect(q:empty()):is_true()
end)

test("every kind of value travels, as a copy", function()
  local q = queue.Queue()
  local sent = { 1, "two", { 3 }, x = { y = true } }
  sent.self = sent
  for _, value in ipairs { 0, -1, math.maxinteger, 0.5, "", "long" .. ("x"):rep(100000), true, false } do
    q:put(value)
    expect(q:get()):equals(value)
  end
  q:put(sent)
  local got = q:get()
  expect(got ~= sent and got.self == got):is_true()
  expect(got.x.y):is_true()
  expect(got[3][1]):equals(3)
  q:put(function(a) return a + got[1] end)
  expect(q:get()(1)):equals(2)
end)

test("nil is a message: the second result tells it from none", function()
  local q = queue.Queue()
  q:put(nil)
  expect(q:qsize()):equals(1)
  expect(select("#", q:get())):equals(1)
  expect(select(2, q:get(0))):equals "timeout"
end)

test("a put that can never travel raises and changes nothing", function()
  local q = queue.Queue()
  expect_error(function() q:put(coroutine.create(print)) end, "cannot send a coroutine")
  expect_error(function() q:put { conn = { file = io.stdout } } end, 'field "conn%.file"')
  expect(q:qsize()):equals(0)
end)

test("get_nowait, put_nowait and a timeout of 0 do not wait", function()
  local q = queue.Queue(1)
  expect(select(2, q:get_nowait())):equals "empty"
  expect(q:put_nowait(1)):is_true()
  local ok, why = q:put_nowait(2)
  expect(ok):is_false()
  expect(why):equals "full"
  ok, why = q:put(2, 0)
  expect(ok):is_false()
  expect(why):equals "timeout"
  expect(q:get_nowait()):equals(1)
  expect(select(2, q:get(-1))):equals "timeout"
end)

test("a wait ends at its timeout, not before", function()
  local q = queue.Queue(1)
  local start = support.clock()
  expect(select(2, q:get(0.02))):equals "timeout"
  expect(support.clock() - start):at_least(0.02)
  q:put(1)
  start = support.clock()
  expect(select(2, q:put(2, 0.02))):equals "timeout"
  expect(support.clock() - start):at_least(0.02)
  expect(q:qsize()):equals(1)
end)

test("maxsize: nil, 0 and less mean no bound", function()
  for _, maxsize in ipairs { 0, -1 } do
    local q = queue.Queue(maxsize)
    for i = 1, 1000 do q:put_nowait(i) end
    expect(q:full()):is_false()
  end
  local q = queue.Queue { maxsize = 2 }
  q:put(1)
  expect(q:full()):is_false()
  q:put(2)
  expect(q:full()):is_true()
end)

test("a closed queue: puts raise, gets drain it, then nil, closed", function()
  local q = queue.Queue()
  q:put(1)
  q:close()
  q:close()
  expect_error(function() q:put(2) end, "closed")
  expect_error(function() q:put_nowait(2) end, "closed")
  expect(q:get()):equals(1)
  expect(select(2, q:get())):equals "closed"
  expect(select(2, q:get_nowait())):equals "closed"
  expect(select(2, q:get(0.01))):equals "closed"
end)

test("a <close> variable closes its queue", function()
  local kept
  do
    local q <close> = queue.Queue()
    kept = q
  end
  expect_error(function() kept:put(1) end, "closed")
end)

test("a loop ends when the queue is closed and empty; a nil in it is an error", function()
  local q = queue.Queue()
  for i = 1, 3 do q:put(i) end
  q:close()
  expect(drain(q)):same { 1, 2, 3 }
  local other = queue.Queue()
  other:put(nil)
  expect_error(function() drain(other) end, "nil message")
end)

test("a rendezvous has no room: a put waits for a get", function()
  local q = queue.Queue { rendezvous = true }
  expect(q:put_nowait(1)):is_false()
  expect(q:full()):is_true()
  local t = task.spawn(function() return q:put "hand" end)
  task.yield()
  expect(t:done()):is_false()
  expect(q:qsize()):equals(0)
  expect(q:get()):equals "hand"
  expect(t:result()):is_true()
  t = task.spawn(function() return q:get() end)
  task.yield()
  expect(q:put_nowait(2)):is_true()
  expect(t:result()):equals(2)
end)

test("waiting puts and gets are served in the order they came", function()
  local q = queue.Queue(1)
  q:put(0)
  local putters = {}
  for i = 1, 3 do putters[i] = task.spawn(function() q:put(i) end) end
  task.yield()
  for i = 0, 3 do expect(q:get()):equals(i) end
  task.joinall(putters)
  local got = {}
  for i = 1, 3 do
    task.spawn(function()
      local value = q:get()
      got[#got + 1] = { i, value }
    end)
  end
  task.yield()
  for i = 1, 3 do q:put(i) end
  task.yield()  -- whoever was woken comes before whoever yields later
  expect(got):same { { 1, 1 }, { 2, 2 }, { 3, 3 } }
end)

test("a cancelled put or get did not happen", function()
  local q = queue.Queue(1)
  local getter = task.spawn(function() return q:get() end)
  task.yield()
  getter:cancel()
  q:put(1)
  getter:join()
  expect(q:qsize()):equals(1)
  local putter = task.spawn(function() q:put { 2 } end)
  task.yield()
  putter:cancel()
  putter:join()
  expect(putter:cancelled()):is_true()
  expect(q:get()):equals(1)
  expect(q:empty()):is_true()
end)

test("task_done and join", function()
  local q = queue.JoinableQueue()
  expect(q:join()):is_true()
  q:put(1)
  q:put(2)
  expect(q:join(0)):is_false()
  local t = task.spawn(function() return q:join() end)
  q:get()
  q:task_done()
  task.yield()
  expect(t:done()):is_false()
  q:get()
  q:task_done()
  expect(t:result()):is_true()
  expect(expect_error(function() q:task_done() end, "invalid_state").kind):equals "invalid_state"
end)

test("what ported code calls is there: join_thread, cancel_join_thread", function()
  local q = queue.Queue()
  expect(select("#", q:join_thread(), q:cancel_join_thread())):equals(1)
end)

test("LifoQueue gives the newest, SimpleQueue has no bound", function()
  local q = queue.LifoQueue(3)
  for i = 1, 3 do q:put(i) end
  expect(q:full()):is_true()
  for i = 3, 1, -1 do expect(q:get()):equals(i) end
  local simple = queue.SimpleQueue()
  for i = 1, 100 do simple:put(i) end
  expect(simple:qsize()):equals(100)
end)

test("put_many and get_many", function()
  local q = queue.Queue()
  expect(q:put_many { 1, "two", { 3 } }):equals(3)
  expect(q:put_many { 4, nil, 6, n = 3 }):equals(3)
  expect(q:put_many {}):equals(0)
  local list = q:get_many(4)
  expect(list.n):equals(4)
  expect(list[3][1]):equals(3)
  list = q:get_many(100)
  expect(list.n):equals(2)
  expect(list[1]):is_nil()
  expect(list[2]):equals(6)
  expect(select(2, q:get_many(1, 0))):equals "timeout"
  q:close()
  expect(select(2, q:get_many(1))):equals "closed"
end)

test("put_many sends nothing when one value cannot travel", function()
  local q = queue.Queue()
  expect_error(function() q:put_many { 1, coroutine.create(print) } end, "item 2 of the list")
  expect(q:qsize()):equals(0)
end)

test("put_many says how many were put, and why no more", function()
  local q = queue.Queue(2)
  local count, why = q:put_many({ 1, 2, 3 }, 0.01)
  expect(count):equals(2)
  expect(why):equals "timeout"
  local t = task.spawn(function() return q:put_many { 3, 4 } end)
  task.yield()
  q:close()
  expect(t:result()):equals(0)
  expect(select(2, t:result())):equals "closed"
  expect(select(2, q:put_many { 1 })):equals "closed"
end)

units.each(function(kind, spawn)
  test(kind .. ": a get waits for a put, a put for room", function()
    local q, back = queue.Queue(1), queue.Queue()
    local unit = spawn(function(source, results)
      for value in source:iter() do results:put(value * 2) end
    end, q, back)
    for i = 1, 100 do q:put(i) end
    q:close()
    for i = 1, 100 do expect(back:get()):equals(i * 2) end
    expect(unit:join()):is_true()
  end)

  test(kind .. ": close ends the waits of other units", function()
    local full, empty, ready = queue.Queue(1), queue.Queue(), queue.Queue()
    full:put(0)
    local putter = spawn(function(q, r)
      r:put(1)
      local ok, err = pcall(q.put, q, 1)
      return ok, err.kind
    end, full, ready)
    local getter = spawn(function(q, r)
      r:put(1)
      return select(2, q:get())
    end, empty, ready)
    ready:get()
    ready:get()
    task.sleep(0.01)
    full:close()
    empty:close()
    expect(select(2, putter:result())):equals "closed"
    expect(getter:result()):equals "closed"
    expect(full:get()):equals(0)
  end)

  test(kind .. ": many units, every message exactly once", function()
    local q, sums = queue.Queue(7), queue.Queue()
    local getters, putters = {}, {}
    for i = 1, 4 do
      getters[i] = spawn(function(source, results)
        local sum, count = 0, 0
        for value in source:iter() do
          sum, count = sum + value, count + 1
        end
        results:put { sum, count }
      end, q, sums)
      putters[i] = spawn(function(target, first)
        for value = first, first + 249 do target:put(value) end
      end, q, (i - 1) * 250 + 1)
    end
    for _, unit in ipairs(putters) do unit:join() end
    q:close()
    local sum, count = 0, 0
    for _ = 1, 4 do
      local part = sums:get()
      sum, count = sum + part[1], count + part[2]
    end
    expect(count):equals(1000)
    expect(sum):equals(500500)
    for _, unit in ipairs(getters) do unit:join() end
  end)

  test(kind .. ": join waits for the work that other units have taken", function()
    local q = queue.JoinableQueue()
    local worker = spawn(function(source)
      local done = 0
      for _ in source:iter() do
        done = done + 1
        source:task_done()
      end
      return done
    end, q)
    for i = 1, 50 do q:put(i) end
    expect(q:join()):is_true()
    expect(q:empty()):is_true()
    q:close()
    expect(worker:result()):equals(50)
  end)

  test(kind .. ": batches wait on both sides", function()
    local q, sums = queue.Queue(5), queue.Queue()
    local unit = spawn(function(source, results)
      local sum = 0
      while true do
        local list = source:get_many(3)
        if not list then break end
        for i = 1, list.n do sum = sum + list[i] end
      end
      results:put(sum)
    end, q, sums)
    local values = {}
    for i = 1, 200 do values[i] = i end
    expect(q:put_many(values)):equals(200)
    q:close()
    expect(sums:get()):equals(20100)
    unit:join()
  end)

  test(kind .. ": a unit that errs leaves the queue to the others", function()
    local q, ready = queue.Queue(), sync.Event()
    local unit = spawn(function(source, event)
      event:set()
      if source:get() == "bad" then error("refused", 0) end
    end, q, ready)
    ready:wait()
    q:put "bad"
    q:put "good"
    expect_error(function() unit:result() end, "refused")
    expect(q:get()):equals "good"
  end)

  test(kind .. ": the ends of a queue's handles do not matter to its messages", function()
    local q, event = queue.Queue(), sync.Event()
    local unit = spawn(function(source, set)
      source:put "left behind"
      set:set()
    end, q, event)
    event:wait()
    unit:join()
    expect(q:get()):equals "left behind"
  end)
end)

test("a queue waits in a sort comparator like anywhere", function()
  local q = queue.Queue()
  local t = task.spawn(function()
    local list = { 3, 1, 2 }
    table.sort(list, function(a, b)
      q:get()
      return a < b
    end)
    return table.concat(list)
  end)
  while not t:done() do
    q:put(true)
    task.yield()
  end
  expect(t:result()):equals "123"
end)

test("a queue goes through a queue, also through itself", function()
  local outer, inner = queue.Queue(), queue.Queue()
  outer:put(inner)
  local same = outer:get()
  expect(same == inner):is_true()
  same:put(5)
  expect(inner:get()):equals(5)
  inner:put { inner, inner }
  local pair = inner:get()
  expect(rawequal(pair[1], pair[2]) and pair[1] == inner):is_true()
end)

test("an error in what runs on arrival leaves the queue in order", function()
  local q = queue.Queue()
  q:put(setmetatable({}, {
    __transfer = function() return function() error("does not arrive", 0) end end,
  }))
  q:put "next"
  expect_error(function() q:get() end, "does not arrive")
  expect(q:get()):equals "next"
end)

test("what arrives may itself wait, and use the same queue", function()
  local q = queue.Queue()
  q:put(setmetatable({ q }, {
    __transfer = function(t)
      return function(inner)
        inner:put "from inside"
        require "braid.task".sleep(0.001)
        return inner:get()
      end, t[1]
    end,
  }))
  expect(q:get()):equals "from inside"
  expect(q:empty()):is_true()
end)

test("get_many gives back what came with a message that does not arrive", function()
  local q = queue.Queue()
  q:put_many {
    1,
    setmetatable({}, { __transfer = function() return function() error("lost", 0) end end }),
    3,
  }
  expect_error(function() q:get_many(3) end, "lost")
  expect(q:get()):equals(1)
  expect(q:get()):equals(3)
  expect(q:empty()):is_true()
end)

test("wrong arguments say which, and change nothing", function()
  local q = queue.Queue(1)
  local cases = {
    { "bad argument #1 to 'put'", function() q:put() end },
    { "bad argument #2 to 'put'", function() q:put(1, "soon") end },
    { "bad argument #2 to 'put'", function() q:put(1, 0 / 0) end },
    { "bad argument #1 to 'get'", function() q:get {} end },
    { "bad argument #1 to 'get_many'", function() q:get_many(0) end },
    { "bad argument #1 to 'get_many'", function() q:get_many "x" end },
    { "bad argument #1 to 'put_many'", function() q:put_many(1) end },
    { "bad argument #1 to 'Queue'", function() queue.Queue(1.5) end },
    { "bad argument #1 to 'Queue'", function() queue.Queue "x" end },
    { "unknown option 'size'", function() queue.Queue { size = 1 } end },
    { "unknown option 'rendezvous'", function() queue.LifoQueue { rendezvous = true } end },
    { "rendezvous: boolean expected", function() queue.Queue { rendezvous = 1 } end },
    { "maxsize: integer expected", function() queue.Queue { maxsize = "1" } end },
    { "a rendezvous has no maxsize", function() queue.Queue { rendezvous = true, maxsize = 1 } end },
    { "a SimpleQueue has no options", function() queue.SimpleQueue(5) end },
    { "Queue expected", function() q.put(io.stdout, 1) end },
    { "Queue expected", function() q.get() end },
  }
  for _, case in ipairs(cases) do expect_error(case[2], case[1]) end
  expect(q:qsize()):equals(0)
end)

test("a handle that comes back is the same, and prints alike in every thread", function()
  local q = queue.Queue()
  q:put(q)
  local other = q:get()
  expect(other == q and rawequal(other, q)):is_true()
  expect(tostring(other)):equals(tostring(q))
  expect(tostring(q)):matches "^Queue: "
  expect(q == queue.Queue()):is_false()
end)

test("a put in a finalizer happens when it need not wait", function()
  local q = queue.Queue(1)
  setmetatable({}, { __gc = function() q:put "collected" end })
  support.collect()
  expect(q:get_nowait()):equals "collected"
end)
