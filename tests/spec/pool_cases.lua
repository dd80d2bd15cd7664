-- What threads and processes of a pool do alike: pool_spec.lua and process_pool_spec.lua run these
-- with the constructor.
-- luacheck: globals test expect expect_error

local pool = require "braid.pool"
local process = require "braid.process"
local queue = require "braid.queue"
local shared = require "braid.shared"
local sync = require "braid.sync"
local task = require "braid.task"
local thread = require "braid.thread"

-- A call that runs until it is told to end; `begun` says that it does.
local function held(ex)
  local begun, go = sync.Event(), sync.Event()
  local future = ex:submit(function()
    begun:set()
    go:wait()
    return "held"
  end)
  begun:wait()
  return future, go
end

return function(Executor)
  test("submit returns a future of what the function returns", function()
    local ex <close> = Executor(2)
    local f = ex:submit(function(a, b) return a + b, nil, "x" end, 1, 2)
    expect(table.pack(f:result())):same { 3, nil, "x", n = 3 }
    expect(table.pack(f:result())):same { 3, nil, "x", n = 3 }
    expect(f:done()):is_true()
    expect(f:running()):is_false()
    expect(f:cancelled()):is_false()
    expect(f:cancel()):is_false()
    expect(f:exception()):is_nil()
    expect(f:traceback()):is_nil()
    expect(tostring(f)):equals "Future (returned)"
    expect(select("#", ex:submit(function() end):result())):equals(0)
  end)

  test("errors of every type come back as they are, with a traceback", function()
    local ex <close> = Executor(1)
    for _, value in ipairs { "text", 42, true, { code = 5 } } do
      local f = ex:submit(error, value, 0)
      local ok, err = pcall(f.result, f)
      expect(ok):is_false()
      expect(err):same(value)
      expect(f:exception()):same(value)
      expect(f:done()):is_true()
    end
    local f = ex:submit(function() error() end)
    expect(table.pack(pcall(f.result, f))):same { false, nil, n = 2 }
    local function fails() error "here" end
    f = ex:submit(fails)
    expect(tostring(f:exception())):matches "pool_cases.lua:%d+: here"
    expect(f:traceback()):matches "pool_cases.lua"
    expect_error(function() ex:submit(math.floor, "x"):result() end, "bad argument #1")
  end)

  test("what cannot travel fails its future with the path, not the pool", function()
    local ex <close> = Executor(1)
    local f = ex:submit(print, { conn = { co = coroutine.create(print) } })
    expect_error(function() f:result() end,
      "cannot send a coroutine %(argument 1, field \"conn.co\"%)")
    f = ex:submit(function() return 1, { log = io.stdout } end)
    expect_error(function() f:result() end, "cannot send a file %(result 2, field \"log\"%)")
    f = ex:submit(function() error { co = coroutine.create(print) } end)
    expect(f:exception().kind):equals "remote"
    expect(ex:submit(math.sqrt, 4):result()):equals(2.0)
  end)

  test("calls are begun in the order of submission, and all of them run", function()
    local ex <close> = Executor(1)
    local seen = queue.Queue()
    for i = 1, 200 do ex:submit(function() seen:put(i) end) end
    for i = 1, 200 do expect(seen:get()):equals(i) end
  end)

  test("result and exception raise timeout, and the call goes on", function()
    local ex <close> = Executor(1)
    local f, go = held(ex)
    expect(f:running()):is_true()
    expect_error(function() f:result(0) end, "timeout")
    expect_error(function() f:exception(0.001) end, "timeout")
    expect(f:join(0.001)):is_false()
    go:set()
    expect(f:result()):equals "held"
    expect(f:join()):is_true()
  end)

  test("a call that waits is cancelled, one that runs only where that is asked for", function()
    local ex <close> = Executor(1)
    local f, go = held(ex)
    local ran = shared.Value("i32", 0)
    local waiting = ex:submit(function() ran:add(1) end)
    expect(waiting:cancel()):is_true()
    expect(waiting:cancel()):is_true()
    expect(waiting:cancelled()):is_true()
    expect(waiting:done()):is_true()
    expect_error(function() waiting:result() end, "cancelled")
    expect_error(function() waiting:exception() end, "cancelled")
    expect(f:cancel()):is_false()
    expect(f:cancel { running = true }):is_true()
    expect_error(function() f:result() end, "cancelled")
    expect(ran.value):equals(0)
    expect(ex:submit(math.sqrt, 4):result()):equals(2.0)
    expect(go:is_set()):is_false()
  end)

  test("a cancelled call unwinds, and what it held goes to others", function()
    local ex <close> = Executor(1)
    local lock, closed, begun = sync.Lock(), sync.Event(), sync.Event()
    local f = ex:submit(function()
      lock:acquire()
      local _ <close> = setmetatable({}, { __close = function() closed:set() end })
      begun:set()
      pcall(task.sleep, 100)
    end)
    begun:wait()
    f:cancel { running = true }
    expect_error(function() f:result() end, "cancelled")
    expect(closed:is_set()):is_true()
    expect(table.pack(lock:acquire(5))):same { true, "owner_died", n = 2 }
  end)

  test("ten units wait for one future, and a future goes to other units", function()
    local ex <close> = Executor(2)
    local f, go = held(ex)
    local tasks = {}
    for i = 1, 10 do
      tasks[i] = i % 2 == 0 and task.spawn(function() return f:result() end)
        or thread.spawn(function() return f:result() end)
    end
    local other = ex:submit(function() return f:result() .. " elsewhere" end)
    go:set()
    for i = 1, 10 do expect(tasks[i]:result()):equals "held" end
    expect(other:result()):equals "held elsewhere"
  end)

  test("one executor is used from many threads", function()
    local ex <close> = Executor(2)
    local threads = {}
    for t = 1, 4 do
      threads[t] = thread.spawn(function()
        local sum = 0
        for i = 1, 50 do sum = sum + ex:submit(function(n) return n end, i):result() end
        return sum
      end)
    end
    for t = 1, 4 do expect(threads[t]:result()):equals(1275) end
  end)

  test("a call that submits to its own pool and waits runs that itself", function()
    local ex <close> = Executor(1)
    local function fib(n)
      if n < 2 then return n end
      local a, b = ex:submit(fib, n - 1), ex:submit(fib, n - 2)
      return a:result() + b:result()
    end
    expect(ex:submit(fib, 8):result()):equals(21)
    local f = ex:submit(function()
      local bad = ex:submit(error, "inner", 0)
      local ok, err = pcall(bad.result, bad)
      return ok, err, ex:submit(error, "x", 0):exception()
    end)
    expect(table.pack(f:result())):same { false, "inner", "x", n = 3 }
    f = ex:submit(function()
      local list = {}
      for i = 1, 4 do list[i] = ex:submit(function() return i end) end
      local sum = 0
      for one in pool.as_completed(list) do sum = sum + one:result() end
      for _, r in ex:map(function(x) return x end, { 10, 20 }) do sum = sum + r end
      for _, r in ex:imap_unordered(function(x) return x end, { 100, 200 }) do sum = sum + r end
      return sum + task.gather(ex:submit(math.sqrt, 4), ex:submit(math.sqrt, 4)).n
    end)
    expect(f:result()):equals(342)
  end)

  test("a worker cannot shut its own pool down and wait for that", function()
    local ex <close> = Executor(1)
    expect_error(function() ex:submit(function() ex:shutdown() end):result() end, "invalid_state")
  end)

  test("after shutdown nothing can be submitted; what was is finished", function()
    local ex = Executor(1)
    local _, go = held(ex)
    local list = {}
    for i = 1, 20 do list[i] = ex:submit(function() return i end) end
    ex:shutdown { wait = false }
    expect_error(function() ex:submit(math.sqrt, 4) end, "invalid_state")
    go:set()
    for i = 1, 20 do expect(list[i]:result()):equals(i) end
    ex:shutdown()
    ex:shutdown()
  end)

  test("shutdown may cancel what waits", function()
    local ex = Executor(1)
    local f, go = held(ex)
    local list = {}
    for i = 1, 20 do list[i] = ex:submit(math.sqrt, i) end
    ex:shutdown { wait = false, cancel_futures = true }
    for i = 1, 20 do expect(list[i]:cancelled()):is_true() end
    go:set()
    expect(f:result()):equals "held"
    ex:shutdown()
  end)

  test("leaving the block finishes what was submitted, also by an error", function()
    local count = shared.Value("i32", 0)
    expect_error(function()
      local ex <close> = Executor(2)
      for _ = 1, 30 do ex:submit(function() count:add(1) end) end
      error "out"
    end, "out")
    expect(count.value):equals(30)
  end)

  test("leaving it in a cancelled unit cancels all and waits until that has unwound", function()
    local unwound, begun = shared.Value("i32", 0), sync.Semaphore(0)
    local t = task.spawn(function()
      local ex <close> = Executor(2)
      for _ = 1, 10 do
        ex:submit(function()
          local _ <close> = setmetatable({}, { __close = function() unwound:add(1) end })
          begun:release()
          task.sleep(1000)
        end)
      end
      task.sleep(1000)
    end)
    begun:acquire()
    begun:acquire()
    t:cancel()
    expect_error(function() t:result() end, "cancelled")
    expect(unwound.value):equals(2)
  end)

  test("callbacks run in the submitter's thread; they may raise, wait and submit", function()
    local ex <close> = Executor(1)
    local here, seen = thread.get_ident(), queue.LocalQueue()
    local f, go = held(ex)
    f:add_done_callback(function(done)
      task.sleep(0)
      seen:put { done == f, done:result(), thread.get_ident() == here }
    end)
    f:add_done_callback(function() seen:put { ex:submit(function() return 7 end):result() } end)
    go:set()
    local got = { [#seen:get()] = true, [#seen:get()] = true }
    expect(got):same { [3] = true, [1] = true }
    f:add_done_callback(function(done) seen:put(done:result()) end)
    expect(seen:get()):equals "held"
    local other = ex:submit(math.sqrt, 4)
    other:cancel { running = true }
    other:add_done_callback(function(done) seen:put(done:done()) end)
    expect(seen:get()):is_true()
  end)

  test("an initializer runs once in each worker; one that fails breaks the pool at once", function()
    do
      local function begin(a, b) READY = a + b end -- luacheck: ignore
      local ex <close> = Executor { max_workers = 1, initializer = begin, initargs = { 1, 2 } }
      expect(ex:submit(function() return READY end):result()):equals(3) -- luacheck: ignore
      expect(ex:submit(function() return READY end):result()):equals(3) -- luacheck: ignore
    end
    local ex <close> = Executor { max_workers = 2, initializer = error, initargs = { "no way", 0 } }
    local first, second = ex:submit(math.sqrt, 4), nil
    expect_error(function() first:result() end, "broken_pool")
    local err = expect_error(function()
      second = ex:submit(math.sqrt, 4)
      second:result()
    end, "broken_pool")
    expect(tostring(err)):matches "no way"
  end)

  test("a worker is replaced after max_tasks_per_child calls", function()
    local ex <close> = Executor { max_workers = 1, max_tasks_per_child = 3 }
    local count = 0
    local seen = {}
    for _ = 1, 10 do
      local id = ex:submit(function()
        return process.getpid() .. "/" .. thread.current_thread().name
      end):result()
      if not seen[id] then count = count + 1 end
      seen[id] = true
    end
    expect(count):equals(4)
  end)

  test("tasks_per_worker: calls that wait share a worker", function()
    local ex <close> = Executor { max_workers = 1, tasks_per_worker = 10 }
    local meet = sync.Barrier(10)
    local list = {}
    for i = 1, 10 do list[i] = ex:submit(function() return meet:wait(), process.getpid() end) end
    local _, pid = list[1]:result()
    for i = 1, 10 do expect(select(2, list[i]:result())):equals(pid) end
  end)

  test("as_completed, wait and select take futures next to tasks", function()
    local ex <close> = Executor(2)
    local f, go = held(ex)
    local t = task.spawn(function() return "task" end)
    local g = ex:submit(function() return "other" end)
    local order = {}
    for one in pool.as_completed { f, t, g } do
      order[#order + 1] = one:result()
      if #order == 2 then go:set() end
    end
    expect(order[3]):equals "held"
    f, go = held(ex)
    g = ex:submit(error, "bad")
    local done, pending = pool.wait({ f, g }, { return_when = pool.FIRST_EXCEPTION })
    expect(#done):equals(1)
    expect(done[1] == g and pending[1] == f):is_true()
    expect_error(function() g:result() end, "bad")
    expect(#select(2, pool.wait({ f }, { timeout = 0.001 }))):equals(1)
    expect_error(function()
      for _ in pool.as_completed({ f }, 0.001) do error "no" end
    end, "timeout")
    expect(table.pack(queue.select { { f, "result" }, timeout = 0 })):same { nil, "timeout", n = 2 }
    go:set()
    expect(table.pack(queue.select { { f, "result" } })):same { 1, "held", n = 2 }
    expect(table.pack(queue.select { { f, "join" } })):same { 1, true, n = 2 }
    expect(task.joinall { f, g }):is_true()
  end)

  test("gather and wait_for take the work with them", function()
    local ex <close> = Executor(2)
    local function two() return 2 end
    expect(task.gather(ex:submit(function() return 1 end), two)):same { 1, 2, n = 2 }
    local f = held(ex)
    expect_error(function() task.gather(f, ex:submit(error, "first", 0)) end, "first")
    expect(f:cancelled()):is_true()
    f = held(ex)
    expect_error(function() task.wait_for(f, 0.001) end, "timeout")
    expect(f:cancelled()):is_true()
    local go
    f, go = held(ex)
    local t = task.spawn(function() return task.shield(f) end)
    task.yield()
    t:cancel()
    expect_error(function() t:result() end, "cancelled")
    go:set()
    expect(f:result()):equals "held"
  end)

  test("run_in_executor: cancelling the task that awaits cancels the work", function()
    local ex <close> = Executor(1)
    local begun = sync.Event()
    local f = task.run_in_executor(ex, function()
      begun:set()
      task.sleep(1000)
    end)
    local t = task.spawn(function() return f:result() end)
    begun:wait()
    task.yield() -- now it awaits
    t:cancel()
    expect_error(function() t:result() end, "cancelled")
    f:join()
    expect(f:cancelled()):is_true()
    -- A future of submit is left alone.
    local go
    f, go = held(ex)
    t = task.spawn(function() return f:result() end)
    task.yield()
    t:cancel()
    expect_error(function() t:result() end, "cancelled")
    go:set()
    expect(f:result()):equals "held"
    local loop = task.get_event_loop()
    expect(loop:run_until_complete(loop:run_in_executor(ex, math.sqrt, 9))):equals(3.0)
  end)
end
