-- select: exactly one of several operations takes place, and what comes of it.

local queue = require "braid.queue"
local braid = require "braid"
local sync = require "braid.sync"
local task = require "braid.task"
local support = require "support"
local units = require "units"

local pick = braid.select

-- A task in a comparator cannot yield: it waits on its C stack.
local function in_comparator(fn)
  local results
  table.sort({ 2, 1 }, function(a, b)
    results = results or table.pack(fn())
    return a < b
  end)
  return table.unpack(results, 1, results.n)
end

test("it is in braid and in braid.queue", function()
  expect(pick):equals(queue.select)
end)

test("a get that is possible happens at once, with what get returns", function()
  local a, b = queue.Queue(), queue.Queue()
  b:put "there"
  local index, value = pick { { a, "get" }, { b, "get" } }
  expect(index):equals(2)
  expect(value):equals "there"
  expect(b:empty()):is_true()
end)

test("a nil message and a closed queue are told apart as get does", function()
  local q = queue.Queue()
  q:put(nil)
  expect(select("#", pick { { q, "get" } })):equals(2)
  q:close()
  local results = table.pack(pick { { q, "get" } })
  expect(results.n):equals(3)
  expect(results[3]):equals "closed"
  expect_error(function() pick { { q, "put", 1 } } end, "closed")
end)

test("a put happens when there is room, and not otherwise", function()
  local full, free = queue.Queue(1), queue.Queue(1)
  full:put(0)
  local index, ok = pick { { full, "put", 1 }, { free, "put", { 2 } } }
  expect(index):equals(2)
  expect(ok):is_true()
  expect(free:get()[1]):equals(2)
  expect(full:qsize()):equals(1)
end)

test("it waits for the first that becomes possible", function()
  local a, b = queue.Queue(), queue.Queue()
  local t = task.spawn(function() return pick { { a, "get" }, { b, "get" } } end)
  task.yield()
  b:put(7)
  a:put(8)
  local index, value = t:result()
  expect(index):equals(2)
  expect(value):equals(7)
  expect(a:get()):equals(8)
end)

test("a timeout takes nothing", function()
  local q, full = queue.Queue(), queue.Queue(1)
  full:put(1)
  local start = support.clock()
  local index, why = pick { { q, "get" }, { full, "put", {} }, timeout = 0.02 }
  expect(index):is_nil()
  expect(why):equals "timeout"
  expect(support.clock() - start):at_least(0.02)
  expect(select(2, pick { { q, "get" }, timeout = 0 })):equals "timeout"
  expect(select(2, pick { { q, "get" }, timeout = -1 })):equals "timeout"
  q:put(1)
  expect(q:get()):equals(1)
  expect(full:qsize()):equals(1)
end)

test("priority takes the first that is possible, else any", function()
  local a, b = queue.Queue(), queue.Queue()
  local counts = { 0, 0 }
  for _ = 1, 200 do
    a:put(1)
    b:put(2)
    expect((pick { { a, "get" }, { b, "get" }, priority = true })):equals(1)
    expect((pick { { a, "get" }, { b, "get" }, priority = true })):equals(2)
  end
  for _ = 1, 400 do
    a:put(1)
    b:put(2)
    local index = pick { { a, "get" }, { b, "get" } }
    counts[index] = counts[index] + 1
    pick { { a, "get" }, { b, "get" } }
  end
  expect(math.min(counts[1], counts[2])):at_least(40)
end)

test("the same queue twice gives one message to one of them", function()
  local q = queue.Queue()
  q:put(1)
  q:put(2)
  local index, value = pick { { q, "get" }, { q, "get" } }
  expect(index == 1 or index == 2):is_true()
  expect(value):equals(1)
  expect(q:qsize()):equals(1)
  q:get()
  local t = task.spawn(function() return pick { { q, "get" }, { q, "get" } } end)
  task.yield()
  q:put(3)
  expect(select(2, t:result())):equals(3)
  expect(q:empty()):is_true()
end)

test("put and get of one queue do not meet each other", function()
  local q = queue.Queue { rendezvous = true }
  expect(select(2, pick { { q, "put", 1 }, { q, "get" }, timeout = 0.005 })):equals "timeout"
  local one = task.spawn(function() return pick { { q, "put", "a" }, { q, "get" } } end)
  local two = task.spawn(function() return pick { { q, "put", "b" }, { q, "get" } } end)
  local i, first = one:result()
  local j, second = two:result()
  expect(i + j):equals(3)
  expect(first == true and second == "a" or first == "b" and second == true):is_true()
end)

test("a rendezvous of a put with a select", function()
  local q, other = queue.Queue { rendezvous = true }, queue.Queue()
  local t = task.spawn(function() return pick { { other, "get" }, { q, "get" } } end)
  task.yield()
  expect(q:put_nowait "met"):is_true()
  expect(select(2, t:result())):equals "met"
end)

test("events, locks, semaphores", function()
  local event, lock, semaphore = sync.Event(), sync.Lock(), sync.Semaphore(0)
  local t = task.spawn(function()
    return pick { { event, "wait" }, { semaphore, "acquire" } }
  end)
  task.yield()
  semaphore:release()
  local index, got = t:result()
  expect(index):equals(2)
  expect(got):is_true()
  expect(semaphore:acquire(0)):is_false()
  event:set()
  expect((pick { { semaphore, "acquire" }, { event, "wait" } })):equals(2)
  expect((pick { { lock, "acquire" } })):equals(1)
  expect(lock:locked()):is_true()
  t = task.spawn(function()
    local i, ok = pick { { lock, "acquire" }, { semaphore, "acquire" } }
    lock:release()
    return i, ok
  end)
  task.yield()
  lock:release()
  expect(t:result()):equals(1)
end)

test("a lock that its owner left says so", function()
  local lock = sync.Lock()
  task.spawn(function() lock:acquire() end):join()
  local results = table.pack(pick { { lock, "acquire" } })
  expect(results[2]):is_true()
  expect(results[3]):equals "owner_died"
  lock:release()
end)

test("tasks: join and result", function()
  local never, never_too = queue.Queue(), sync.Event()
  local t = task.spawn(function()
    task.sleep(0.005)
    return "a", nil, "c"
  end)
  local index, a, b, c = pick { { never, "get" }, { t, "result" }, { never_too, "wait" } }
  expect(index):equals(2)
  expect(a == "a" and b == nil and c == "c"):is_true()
  index, a = pick { { t, "join" } }
  expect(index == 1 and a):is_true()
  local bad = task.spawn(error, "its error", 0)
  expect_error(function() pick { { never, "get" }, { bad, "result" } } end, "its error")
  expect(expect_error(function()
    task.run(function() pick { { task.current_task(), "join" } } end)
  end, "invalid_state").kind):equals "invalid_state"
end)

test("local queues, alone and beside others", function()
  local here, shared, event = queue.LocalQueue(1), queue.Queue(1), sync.Event()
  local value = {}
  expect((pick { { here, "put", value } })):equals(1)
  local index, got = pick { { here, "get" }, { shared, "get" } }
  expect(index == 1 and rawequal(got, value)):is_true()
  local t = task.spawn(function()
    return pick { { shared, "get" }, { here, "get" }, { event, "wait" } }
  end)
  task.yield()
  here:put(value)
  index, got = t:result()
  expect(index == 2 and rawequal(got, value)):is_true()
  here:put(1)
  t = task.spawn(function() return pick { { event, "wait" }, { here, "put", value } } end)
  task.yield()
  expect(here:get()):equals(1)
  expect(t:result()):equals(2)
  expect(rawequal(here:get(), value)):is_true()
  t = task.spawn(function() return pick { { event, "wait" }, { here, "get" } } end)
  task.yield()
  event:set()
  here:put(5)
  expect(t:result()):equals(1)
  expect(here:get()):equals(5)
  here:close()
  expect(select(3, pick { { here, "get" } })):equals "closed"
  expect_error(function() pick { { here, "put", 1 } } end, "closed")
end)

test("closing a local queue ends a select on it", function()
  local here, full = queue.LocalQueue(), queue.LocalQueue(1)
  full:put(1)
  local getter = task.spawn(function() return pick { { here, "get" }, { queue.Queue(), "get" } } end)
  local putter = task.spawn(function() return pick { { full, "put", 2 } } end)
  task.yield()
  here:close()
  full:close()
  expect(select(3, getter:result())):equals "closed"
  expect_error(function() putter:result() end, "closed")
  expect(full:qsize()):equals(1)
end)

test("a cancelled select has taken nothing", function()
  local q, full, here = queue.Queue(), queue.Queue(1), queue.LocalQueue()
  full:put(1)
  local t = task.spawn(function()
    pick { { q, "get" }, { full, "put", { 2 } }, { here, "get" } }
  end)
  task.yield()
  t:cancel()
  q:put(1)
  here:put(1)
  t:join()
  expect(t:cancelled()):is_true()
  expect(q:qsize() + here:qsize()):equals(2)
  expect(full:get()):equals(1)
  expect(full:empty()):is_true()
end)

test("in the main chunk and in a comparator", function()
  local q = queue.Queue()
  task.spawn(function() q:put(1) end)
  expect(select(2, pick { { q, "get" } })):equals(1)
  local t = task.spawn(in_comparator, function() return pick { { q, "get" }, timeout = 10 } end)
  task.yield()
  q:put(2)
  local index, value = t:result()
  expect(index == 1 and value == 2):is_true()
end)

test("a value that cannot travel raises before anything happens", function()
  local q, ready = queue.Queue(), queue.Queue()
  ready:put(1)
  expect_error(function() pick { { ready, "get" }, { q, "put", coroutine.create(print) } } end,
    "cannot send a coroutine")
  expect(ready:qsize()):equals(1)
end)

test("what is left over is collected: many selects with large values", function()
  local full, q = queue.Queue(1), queue.Queue()
  full:put(0)
  for i = 1, 500 do
    q:put(i)
    pick { { full, "put", ("x"):rep(5000) }, { q, "get" } }
  end
  expect(full:qsize()):equals(1)
end)

test("without cases it sleeps until the time is up, and without a timeout, too, it raises", function()
  local start = support.clock()
  expect(table.pack(pick { timeout = 0.02 })):same { nil, "timeout", n = 2 }
  expect(support.clock() - start):at_least(0.02)
  expect(select(2, pick { timeout = 0 })):equals "timeout"
  expect(select(2, in_comparator(function() return pick { timeout = 0.001 } end))):equals "timeout"
  expect_error(function() pick {} end, "bad argument #1 .*no cases and no timeout")
  local t = task.spawn(function() pick { timeout = 60 } end)
  task.yield()
  t:cancel()
  t:join()
  expect(t:cancelled()):is_true()
end)

test("a wait without end for locks that the unit holds itself raises deadlock", function()
  local a, b, other = sync.Lock(), sync.Lock(), sync.Lock()
  a:acquire()
  b:acquire()
  expect_error(function() pick { { a, "acquire" } } end, "deadlock: the unit holds this Lock already")
  expect_error(function() pick { { a, "acquire" }, { b, "acquire" } } end, "holds these Locks already")
  expect(select(2, pick { { a, "acquire" }, timeout = 0.005 })):equals "timeout"
  expect(select(2, pick { { a, "acquire" }, timeout = 0 })):equals "timeout"
  expect(pick { { a, "acquire" }, { other, "acquire" } }):equals(2)
  local again = sync.RLock()
  again:acquire()
  expect(pick { { a, "acquire" }, { again, "acquire" } }):equals(2)
  local q = queue.Queue()
  local t = task.spawn(function()
    local mine = sync.Lock()
    mine:acquire()
    return pick { { mine, "acquire" }, { q, "get" } }
  end)
  task.yield()
  q:put "came"
  expect(table.pack(t:result())):same { 2, "came", n = 2 }
end)

test("a report names what it waits for, and who holds it", function()
  local lock, q, stuck = sync.Lock(), queue.Queue(), task.spawn(task.sleep, 60)
  stuck.name = "stuck"
  lock:acquire()
  local function waits_for(cases)
    local t = task.spawn(pick, cases)
    task.yield()
    local text
    for _, unit in ipairs(braid.units()) do
      if unit.name == t.name then text = unit.waits_for end
    end
    t:cancel()
    t:join()
    return text
  end
  local get, acquire = { q, "get" }, { lock, "acquire" }
  expect(waits_for { get }):equals "a message in a Queue"
  expect(waits_for { acquire, get, priority = true })
    :equals "a Lock held by MainThread or a message in a Queue"
  expect(waits_for { get, { sync.Event(), "wait" }, acquire })
    :equals "a message in a Queue, an Event or a Lock held by MainThread"
  expect(waits_for { { queue.LocalQueue(), "get" }, { stuck, "join" } })
    :equals "a message in a LocalQueue or the end of stuck"
  expect(waits_for { get, get, get, get, get, { sync.Semaphore(0), "acquire" }, get })
    :equals(("a message in a Queue, "):rep(4) .. "a message in a Queue or 2 more")
  expect(waits_for { timeout = 60 }):equals "sleep"
  stuck:cancel()
end)

test("wrong cases say which", function()
  local q = queue.Queue()
  local cases = {
    { "case 2: table expected, got number", { { q, "get" }, 5 } },
    { "case 1: a Queue has no operation 'wait'", { { q, "wait" } } },
    { "case 1: operation: string expected, got nil", { { q } } },
    { "case 1: a string cannot be waited for", { { "q", "get" } } },
    { "case 1: a table cannot be waited for", { { {}, "get" } } },
    { "case 1: a userdata cannot be waited for", { { io.stdout, "get" } } },
    { "case 1: number or string expected", { { queue.PriorityQueue(), "put", true } } },
    { "timeout: number expected", { { q, "get" }, timeout = "1" } },
    { "timeout: number expected", { { q, "get" }, timeout = 0 / 0 } },
  }
  for _, case in ipairs(cases) do
    expect_error(function() pick(case[2]) end, "bad argument #1 to '.-' %(" .. case[1])
  end
  expect_error(function() pick() end, "bad argument #1")
end)

units.each(function(kind, spawn)
  test(kind .. ": join and result of a unit", function()
    local go, never = sync.Event(), queue.Queue()
    local unit = spawn(function(event)
      event:wait()
      return 1, 2
    end, go)
    expect(select(2, pick { { unit, "join" }, timeout = 0 })):equals "timeout"
    go:set()
    local index, a, b = pick { { never, "get" }, { unit, "result" } }
    expect(index == 2 and a == 1 and b == 2):is_true()
    expect(select(2, pick { { unit, "join" } })):is_true()
  end)

  test(kind .. ": many selecting units lose and double nothing", function()
    local a, b, results = queue.Queue(2), queue.Queue(2), queue.Queue()
    local getters, putters = {}, {}
    for i = 1, 3 do
      getters[i] = spawn(function(left, right, out)
        local choose = require "braid".select
        local sum, open = 0, { left, right }
        while #open > 0 do
          local cases = {}
          for k, q in ipairs(open) do cases[k] = { q, "get" } end
          local index, value, why = choose(cases)
          if why then table.remove(open, index) else sum = sum + value end
        end
        out:put(sum)
      end, a, b, results)
      putters[i] = spawn(function(left, right)
        local choose = require "braid".select
        for value = 1, 200 do choose { { left, "put", value }, { right, "put", value } } end
      end, a, b)
    end
    for _, unit in ipairs(putters) do unit:join() end
    a:close()
    b:close()
    local sum = 0
    for _ = 1, 3 do sum = sum + results:get() end
    expect(sum):equals(3 * 20100)
    for _, unit in ipairs(getters) do unit:join() end
  end)
end)
