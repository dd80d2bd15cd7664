-- A wait inside a coroutine of the script passes through to the scheduler; the script's own
-- resume/yield pairs and what the coroutine library says are as if nothing had happened.

local task = require "braid.task"
local support = require "support"

-- Runs body while another task counts; returns how far it got, which shows that it was not held up.
local function beside_a_counter(body)
  local count, stop = 0, false
  local counter = task.spawn(function()
    while not stop do
      count = count + 1
      task.yield()
    end
  end)
  body()
  stop = true
  counter:join()
  return count
end

local function slow_range(n)
  return coroutine.wrap(function()
    for i = 1, n do
      task.sleep(0.001)
      coroutine.yield(i)
      task.yield()
    end
  end)
end

test("a generator that waits yields the script's values, others go on", function()
  for _, run in ipairs { task.run, pcall } do
    local values = {}
    local count = beside_a_counter(function()
      run(function()
        for i in slow_range(5) do values[#values + 1] = i end
      end)
    end)
    expect(values):same { 1, 2, 3, 4, 5 }
    expect(count):at_least(5)
  end
end)

test("nested generators wait at every depth", function()
  local function nest(depth)
    return coroutine.wrap(function()
      if depth == 0 then
        for i in slow_range(3) do coroutine.yield(i) end
        return
      end
      for i in nest(depth - 1) do
        task.sleep(0)
        coroutine.yield(i * 2)
      end
    end)
  end
  local values = task.run(function()
    local list = {}
    for i in nest(4) do list[#list + 1] = i end
    return list
  end)
  expect(values):same { 16, 32, 48 }
end)

test("arguments and results of resume and yield are what the script passed", function()
  local co = coroutine.create(function(...)
    task.yield()
    local more = table.pack(coroutine.yield(select("#", ...), ...))
    task.yield()
    return more.n, more[1], more[2]
  end)
  expect(table.pack(coroutine.resume(co, "a", nil, nil))):same { true, 3, "a", nil, nil, n = 5 }
  expect(table.pack(coroutine.resume(co, nil, "b"))):same { true, 2, nil, "b", n = 4 }
  expect(coroutine.status(co)):equals "dead"
  expect(table.pack(coroutine.resume(co))):same { false, "cannot resume dead coroutine", n = 2 }
end)

test("an error after a wait comes out of resume and out of wrap", function()
  local function fail()
    task.sleep(0.001)
    error({ "value" })
  end
  local co = coroutine.create(fail)
  local ok, err = coroutine.resume(co)
  expect(ok):is_false()
  expect(err):same { "value" }
  expect(coroutine.status(co)):equals "dead"
  expect(expect_error(coroutine.wrap(fail))):same { "value" }
end)

test("isyieldable, running and status tell the truth after a wait", function()
  local co
  co = coroutine.create(function()
    task.sleep(0.001)
    local running, main = coroutine.running()
    return running == co, main, coroutine.isyieldable(), coroutine.status(co)
  end)
  expect(table.pack(coroutine.resume(co))):same { true, true, false, true, "running", n = 5 }
end)

test("a task's own body is not the main coroutine and cannot yield bare", function()
  expect(coroutine.isyieldable()):is_false()
  expect(select(2, coroutine.running())):is_true()
  local t = task.spawn(function()
    local _, main = coroutine.running()
    local ok, err = pcall(coroutine.yield, 1)
    return coroutine.isyieldable(), main, ok, err
  end)
  expect(table.pack(t:result()))
    :same { false, false, false, "attempt to yield from outside a coroutine", n = 4 }
end)

test("a coroutine that waits is normal for the others and cannot be resumed or closed", function()
  local go = false
  local co
  co = coroutine.create(function()
    while not go do task.yield() end
    return coroutine.yield "yielded"
  end)
  local t = task.spawn(function() return coroutine.resume(co) end)
  task.yield()
  expect(coroutine.status(co)):equals "normal"
  expect(table.pack(coroutine.resume(co)))
    :same { false, "cannot resume non-suspended coroutine", n = 2 }
  expect_error(function() coroutine.close(co) end, "cannot close a normal coroutine")
  go = true
  expect(table.pack(t:result())):same { true, "yielded", n = 2 }
  expect(coroutine.status(co)):equals "suspended"
  expect(table.pack(coroutine.resume(co, "end"))):same { true, "end", n = 2 }
end)

test("a task cannot be resumed by hand, from outside or from inside", function()
  local co
  local t = task.spawn(function()
    co = coroutine.running()
    local ok, err = coroutine.resume(co)
    task.sleep(0.001)
    return ok, err
  end)
  while not co do task.yield() end
  expect(table.pack(coroutine.resume(co)))
    :same { false, "cannot resume non-suspended coroutine", n = 2 }
  expect(table.pack(t:result()))
    :same { false, "cannot resume non-suspended coroutine", n = 2 }
end)

test("a coroutine that resumes itself inside a timeout gets false and goes on", function()
  local co
  co = coroutine.create(function()
    return task.timeout(60, function()
      local itself = table.pack(coroutine.resume(co))
      local from_inner = table.pack(coroutine.wrap(function() return coroutine.resume(co) end)())
      task.yield()
      return itself, from_inner
    end)
  end)
  local refused = { false, "cannot resume non-suspended coroutine", n = 2 }
  expect(table.pack(coroutine.resume(co))):same { true, refused, refused, n = 3 }
end)

test("coroutine.close runs <close> variables that wait", function()
  local closed = false
  local co = coroutine.create(function()
    local _ <close> = setmetatable({}, { __close = function()
      task.sleep(0.001)
      closed = true
    end })
    coroutine.yield()
  end)
  coroutine.resume(co)
  local count = beside_a_counter(function() expect(coroutine.close(co)):is_true() end)
  expect(closed):is_true()
  expect(count):at_least(1)
  expect(coroutine.status(co)):equals "dead"
end)

test("coroutine.close gives the error of a <close> variable that waited", function()
  local co = coroutine.create(function()
    local _ <close> = setmetatable({}, { __close = function()
      task.sleep(0.001)
      error("from close", 0)
    end })
    coroutine.yield()
  end)
  coroutine.resume(co)
  expect(table.pack(coroutine.close(co))):same { false, "from close", n = 2 }
end)

test("a coroutine may be resumed by several tasks in turn and wait in each", function()
  local seen = {}
  local gen = coroutine.wrap(function()
    while true do
      seen[#seen + 1] = task.current_task()
      task.sleep(0.001)
      coroutine.yield(#seen)
    end
  end)
  local a = task.spawn(gen)
  expect(a:result()):equals(1)
  local b = task.spawn(gen)
  expect(b:result()):equals(2)
  expect(seen[1] == a and seen[2] == b):is_true()
end)

test("pcall and xpcall inside a coroutine wait", function()
  local gen = coroutine.wrap(function()
    local ok, err = pcall(function()
      task.sleep(0.001)
      coroutine.yield "inside pcall"
      error("caught", 0)
    end)
    coroutine.yield(ok, err)
    return xpcall(function()
      task.sleep(0.001)
      error("handled", 0)
    end, function(text) return text .. "!" end)
  end)
  expect(gen()):equals "inside pcall"
  expect(table.pack(gen())):same { false, "caught", n = 2 }
  expect(table.pack(gen())):same { false, "handled!", n = 2 }
end)

test("two tasks with generators go on at once", function()
  local first, second = 0, 0
  local function drive(step, partner)
    for _ in coroutine.wrap(function()
      for _ = 1, 3 do
        step()
        support.meet(partner)
        coroutine.yield(true)
      end
    end) do end
  end
  local a = task.spawn(drive, function() first = first + 1 end,
    function() return second >= first end)
  local b = task.spawn(drive, function() second = second + 1 end,
    function() return first >= second end)
  expect(task.joinall({ a, b }, 30)):is_true()
  expect(first + second):equals(6)
end)

test("a coroutine that is dropped while it is suspended is collected", function()
  local weak = setmetatable({}, { __mode = "k" })
  do
    local co = coroutine.create(function()
      task.yield()
      coroutine.yield()
    end)
    coroutine.resume(co)
    weak[co] = true
  end
  support.collect()
  expect(next(weak)):is_nil()
end)
