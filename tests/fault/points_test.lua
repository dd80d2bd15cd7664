-- A process dies at each step of what it does to a shared object, one after the other: at each note
-- in its journal, each commit, each claim, each wake-up. Afterwards the object is as it was, or as
-- it is after the whole operation; who waited for it goes on; and nothing is lost or doubled.

local fault = require "braid.fault"
local pipe = require "braid.pipe"
local process = require "braid.process"
local queue = require "braid.queue"
local shared = require "braid.shared"
local sync = require "braid.sync"
local task = require "braid.task"

local patience = 3

-- make() returns an object, more of them, and what is to be cleaned up. act(...) is done by a process
-- that dies at its 1st, 2nd … step. check(died, ...) finds out what has become of it.
local function at_each_step(name, make, act, check)
  test(name, function()
    local step = 0
    repeat
      step = step + 1
      local made = table.pack(make())
      local sent = table.pack(table.unpack(made, 1, made.n))
      for i = 1, sent.n do
        -- Tasks, and lists of them, stay here.
        if type(sent[i]) == "table" or tostring(sent[i]):find "^Task" then sent[i] = nil end
      end
      at_step = step  -- for acts that begin with something else
      local child = process.spawn(function()
        fault.die_at(at_step)
        act(table.unpack(sent, 1, sent.n))
        fault.die_at(0)
      end)
      expect(child:join(patience)):is_true()
      local died = child.exitcode == -9
      if not died then expect(child.exitcode):equals(0) end
      local ok, problem = pcall(check, died, table.unpack(made, 1, made.n))
      if not ok then error(("step %d: %s"):format(step, problem), 0) end
    until not died
    expect(step > 1):is_true()
  end)
end

-- All that is in a queue.
local function drain(q)
  local list = {}
  while true do
    local value, why = q:get(0)
    if why then return table.concat(list, " ") end
    list[#list + 1] = tostring(value)
  end
end

local function waiting(n, fn, ...)
  local tasks = {}
  for i = 1, n do tasks[i] = task.spawn(fn, ...) end
  task.yield()
  return tasks
end

local function result(t) return t:result(patience) end

-- --- queues ---

for _, kind in ipairs{"Queue", "LifoQueue", "PriorityQueue"} do
  at_each_step(kind .. ": put", function()
    local q = queue[kind]()
    for i = 1, 20 do q:put(10 + i) end
    return q
  end, function(q) q:put(5) end, function(died, q)
    local n = q:qsize()
    expect(n == 20 and died or n == 21):is_true()
    q:put(6)
    local left = drain(q)
    expect(select(2, left:gsub("%d+", ""))):equals(n + 1)
    expect(left:find "%f[%d]6%f[%D]" ~= nil):is_true()
  end)

  at_each_step(kind .. ": get", function()
    local q = queue[kind]()
    for i = 1, 20 do q:put(i) end
    return q
  end, function(q) q:get() end, function(died, q)
    local n = q:qsize()
    expect(n):equals(died and 20 or 19)
    local seen = {}
    for word in drain(q):gmatch "%d+" do
      expect(seen[word]):is_nil()
      seen[word] = true
    end
  end)
end

at_each_step("Queue: put for one who waits", function()
  local q = queue.Queue()
  return q, waiting(1, q.get, q)[1]
end, function(q) q:put "first" end, function(_, q, getter)
  q:put "second"
  local got = result(getter)
  local left = drain(q)
  if got == "first" then
    expect(left):equals "second"
  else
    expect(got):equals "second"
    expect(left):equals ""
  end
end)

at_each_step("Queue: put for one who waits until a deadline", function()
  local q = queue.Queue()
  return q, task.spawn(q.get, q, 0.02)
end, function(q) task.sleep(0.01) q:put "first" end, function(died, q, getter)
  local got = result(getter)
  local left = drain(q)
  if got == nil then
    expect(left == "first" or died and left == ""):is_true()
  else
    expect(got):equals "first"
    expect(left):equals ""
  end
end)

at_each_step("Queue: get where others wait to put", function()
  local q = queue.Queue(1)
  q:put "first"
  return q, waiting(2, q.put, q, "more")
end, function(q) q:get() end, function(died, q, putters)
  local list = died and {result(task.spawn(q.get, q))} or {}
  for _ = 1, 2 do list[#list + 1] = q:get(patience) end
  for _, putter in ipairs(putters) do expect(result(putter)):is_true() end
  expect(table.concat(list, " ")):equals(died and "first more more" or "more more")
  expect(q:qsize()):equals(0)
end)

at_each_step("Queue: close", function()
  local q = queue.Queue()
  return q, waiting(3, q.get, q)
end, function(q) q:close() end, function(_, q, getters)
  q:close()
  for _, getter in ipairs(getters) do expect(result(getter)):is_nil() end
end)

at_each_step("Queue: task_done", function()
  local q = queue.JoinableQueue()
  q:put(1)
  return q, waiting(2, q.join, q)
end, function(q) q:task_done() end, function(died, q, joiners)
  local ok = pcall(q.task_done, q)
  expect(ok and died or not ok):is_true()
  for _, joiner in ipairs(joiners) do expect(result(joiner)):is_true() end
end)

at_each_step("Queue: put_many for those who wait, get_many", function()
  local q = queue.Queue()
  return q, waiting(2, q.get, q)
end, function(q)
  q:put_many{1, 2, 3, 4}
  q:get_many(2)
end, function(died, q, getters)
  for _ = 1, 2 do q:put "more" end
  local got = {}
  for i, getter in ipairs(getters) do got[i] = tostring(result(getter)) end
  local all = table.concat(got, " ") .. " " .. drain(q)
  local count = select(2, all:gsub("%d", ""))
  expect(select(2, all:gsub("more", ""))):equals(2)
  -- Two may have been received, and their memory be all that was still to be given back.
  expect(count == 2 or died and (count == 0 or count == 4)):is_true()
end)

at_each_step("Queue: a put that waits", function()
  local q = queue.Queue(1)
  q:put "first"
  return q
end, function(q) q:put("late", 0.005) end, function(_, q) expect(drain(q)):equals "first" end)

-- --- select ---

at_each_step("select: one of two queues", function()
  local a, b = queue.Queue(), queue.Queue()
  return a, b, waiting(1, queue.select, {{a, "get"}, {b, "get"}})[1]
end, function(_, b) b:put "b" end, function(_, a, b, chooser)
  a:put "a"
  local index, value = result(chooser)
  expect(value):equals(index == 1 and "a" or "b")
  local left = drain(a) .. drain(b)
  expect(left == "" and index == 1 or left == (index == 1 and "b" or "a")):is_true()
end)

at_each_step("select: by the one who dies", function()
  local a, b, c = queue.Queue(), queue.Queue(1), queue.Queue()
  a:put "a"
  b:put "full"
  return a, b, c, waiting(1, c.get, c)[1]
end, function(a, b, c)
  queue.select{{b, "put", "x"}, {a, "get"}}
  queue.select{{b, "put", "x"}, {c, "put", "c"}}
end, function(died, a, b, c, getter)
  expect(drain(b)):equals "full"
  local left = drain(a)
  expect(left == "a" and died or left == ""):is_true()
  c:put "last"
  local all = result(getter) .. " " .. drain(c)
  expect(all == "last " or all == "c last"):is_true()
end)

-- --- pipes ---

at_each_step("Pipe: send", function()
  local a, b = pipe.Pipe()
  return a, b
end, function(a) a:send(("x"):rep(1000)) end, function(died, a, b)
  a:send "end"
  local first = b:recv(patience)
  if first ~= "end" then
    expect(first):equals(("x"):rep(1000))
    expect(b:recv(patience)):equals "end"
  else
    expect(died):is_true()
  end
end)

at_each_step("Pipe: send for one who waits", function()
  local a, b = pipe.Pipe()
  return a, b, waiting(2, b.recv, b)
end, function(a) a:send{"table"} end, function(_, a, b, readers)
  a:send "more"
  a:send "more"
  for _, reader in ipairs(readers) do
    local got = result(reader)
    expect(got == "more" or got[1] == "table"):is_true()
  end
  local left = b:recv(0)
  expect(left == nil or left == "more"):is_true()
end)

at_each_step("Pipe: recv", function()
  local a, b = pipe.Pipe()
  a:send "first"
  return a, b
end, function(_, b) b:recv() end, function(died, a, b)
  a:send "second"
  expect(b:recv(0)):equals(died and "first" or "second")
end)

at_each_step("Pipe: recv where others wait to send", function()
  local a, b = pipe.Pipe()
  a:send(("x"):rep(1100000))
  return a, b, waiting(2, a.send, a, "late")
end, function(_, b) b:recv() end, function(died, _, b, senders)
  -- It may have been received, and its memory be all that was still to be given back.
  local first = b:recv(patience)
  if first == "late" then
    expect(died and result(senders[1]) == nil or not died):is_true()
    for _, sender in ipairs(senders) do result(sender) end
    expect(b:recv(patience)):equals "late"
    return
  end
  expect(#first):equals(1100000)
  for _, sender in ipairs(senders) do result(sender) end
  expect(b:recv(patience)):equals "late"
  expect(b:recv(patience)):equals "late"
end)

at_each_step("Pipe: the last end goes", queue.Queue, function(q)
  local a, b = pipe.Pipe()
  q:put(b)
  a:close()
end, function(died, q)
  local b = q:get(0)
  if b then
    expect(select(2, b:recv(patience))):equals "eof"
  else
    expect(died):is_true()
  end
end)

-- --- locks ---

for _, kind in ipairs{"Lock", "RLock"} do
  at_each_step(kind .. ": acquire", sync[kind], function(lock) lock:acquire() end,
               function(_, lock)
    expect(lock:acquire(patience)):is_true()
    lock:release()
    expect(lock:locked()):is_false()
  end)

  at_each_step(kind .. ": acquire and release where others wait", function()
    local lock = sync[kind]()
    lock:acquire()
    local tasks = waiting(3, lock.with, lock, function() task.yield() return "done" end)
    lock:release()
    return lock, tasks
  end, function(lock)
    for _ = 1, 3 do
      lock:acquire()
      lock:release()
    end
  end, function(_, lock, tasks)
    for _, t in ipairs(tasks) do expect(result(t)):equals "done" end
    expect(lock:acquire(patience)):is_true()
    lock:release()
  end)
end

at_each_step("Lock: release for one who waits", function()
  local lock = sync.Lock()
  local go = sync.Event()
  local taker = task.spawn(function()
    go:wait()
    return lock:acquire(patience)
  end)
  return lock, go, taker
end, function(lock, go)
  fault.die_at(0)
  lock:acquire()
  go:set()
  task.sleep(0.005)
  fault.die_at(at_step)
  lock:release()
end, function(_, lock, _, taker) expect(result(taker)):is_true() expect(lock:locked()) end)

at_each_step("Semaphore: release for those who wait", function()
  local semaphore = sync.Semaphore(0)
  return semaphore, waiting(2, semaphore.acquire, semaphore)
end, function(semaphore) semaphore:release(3) end, function(died, semaphore, takers)
  local more = semaphore:acquire(died and 0.05 or patience)
  if not more then
    expect(died):is_true()
    semaphore:release(3)
    expect(semaphore:acquire(patience)):is_true()
  end
  for _, taker in ipairs(takers) do expect(result(taker)):is_true() end
  expect(semaphore:acquire(0)):is_false()
end)

at_each_step("BoundedSemaphore: acquire and release", function() return sync.BoundedSemaphore(2) end,
             function(semaphore)
  semaphore:acquire()
  semaphore:release()
end, function(_, semaphore)
  expect(semaphore:acquire(0)):is_true()
  local second = semaphore:acquire(0)
  if second then semaphore:release() end
  semaphore:release()
end)

for _, write in ipairs{false, true} do
  at_each_step("RWLock: " .. (write and "write" or "read"), function()
    local lock = sync.RWLock()
    lock:acquire_write()
    local writer = waiting(1, lock.acquire_write, lock, patience)[1]
    return lock, writer
  end, function(lock)
    lock = sync.RWLock()
    if write then
      lock:acquire_write()
      lock:release_write()
    else
      lock:acquire_read()
      lock:acquire_read()
      lock:release_read()
      lock:release_read()
    end
  end, function(_, lock, writer)
    lock:release_write()
    expect(result(writer)):is_true()
  end)

  at_each_step("RWLock: " .. (write and "write" or "read") .. " one that is shared", sync.RWLock,
               function(lock)
    if write then
      lock:acquire_write()
      lock:release_write()
    else
      lock:acquire_read()
      lock:release_read()
    end
  end, function(_, lock)
    expect(lock:acquire_write(patience)):is_true()
    lock:release_write()
    expect(lock:acquire_read(patience)):is_true()
    lock:release_read()
  end)
end

-- --- the others ---

at_each_step("Event: set", function()
  local event = sync.Event()
  return event, waiting(3, event.wait, event)
end, function(event) event:set() end, function(died, event, waiters)
  if not event:is_set() then
    expect(died):is_true()
    event:set()
  end
  for _, waiter in ipairs(waiters) do expect(result(waiter)):is_true() end
end)

at_each_step("Condition: notify", function()
  local condition = sync.Condition()
  local tasks = waiting(3, function()
    condition:acquire()
    condition:wait(patience)
    condition:release()
    return true
  end)
  return condition, tasks
end, function(condition)
  condition:acquire()
  condition:notify(2)
  condition:release()
end, function(_, condition, tasks)
  expect(condition:acquire(patience)):is_true()
  condition:notify_all()
  condition:release()
  for _, t in ipairs(tasks) do expect(result(t)):is_true() end
end)

for _, action in ipairs{false, function() end} do
  at_each_step("Barrier" .. (action and " with an action" or ""), function()
    local barrier = sync.Barrier(3, action or nil)
    return barrier, waiting(2, barrier.wait, barrier)
  end, function(barrier) barrier:wait() end, function(died, barrier, parties)
    if died then
      task.sleep(0.01)
      if not parties[1]:done() then barrier:wait(patience) end
    end
    for _, party in ipairs(parties) do result(party) end
    expect(barrier.broken):is_false()
    expect(barrier.n_waiting):equals(0)
  end)
end

at_each_step("WaitGroup: done", function()
  local group = sync.WaitGroup()
  group:add(1)
  return group, waiting(2, group.wait, group)
end, function(group) group:done() end, function(died, group, waiters)
  local ok = pcall(group.done, group)
  expect(ok and died or not ok):is_true()
  for _, waiter in ipairs(waiters) do expect(result(waiter)):is_true() end
end)

at_each_step("Once: call", function()
  local once = sync.Once()
  return once
end, function(once) once:call(function() end) end, function(_, once)
  local calls = 0
  for _ = 1, 2 do once:call(function() calls = calls + 1 end) end
  expect(calls <= 1):is_true()
end)

at_each_step("Table: every change", function()
  local t = shared.Table{1, 2, 3}
  t.key = "value"
  return t
end, function(t)
  t.key = ("long "):rep(10)
  t.other = {1}
  t:append(4)
  t:insert(1, 0)
  t:remove(2)
  t:incr "n"
  t.key = nil
end, function(_, t)
  local count = 0
  for _ in pairs(t) do count = count + 1 end
  t.key, t.other, t.n = nil, nil, nil
  local length = #t
  expect(length >= 3 and length <= 5):is_true()
  for _ = 1, length do t:remove() end
  expect(next(t:totable())):is_nil()
  t.a = 1
  expect(t.a):equals(1)
end)

at_each_step("starting a process, and ending", function() return queue.Queue() end, function(q)
  local child = process.spawn(function() q:put "alive" end)
  child:join()
end, function(died, q)
  if not died then expect(q:get(patience)):equals "alive" end
end)

test("nothing is left in the arena", function()
  local function round()
    for step = 1, 40 do
      local q = queue.Queue(2)
      local child = process.spawn(function()
        fault.die_at(step)
        for i = 1, 3 do
          q:put(("x"):rep(i * 100))
          q:get()
        end
        fault.die_at(0)
      end)
      child:join()
    end
    collectgarbage()
    collectgarbage()
    task.sleep(0.1)  -- the last one may still be swept
    return fault.usage()
  end
  for _ = 1, 3 do round() end
  local before = round()
  for _ = 1, 3 do round() end
  expect(round() <= before):is_true()
end)
