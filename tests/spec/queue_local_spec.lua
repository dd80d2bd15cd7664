-- LocalQueue: values of any kind, by reference, between the tasks of one thread.

local queue = require "braid.queue"
local task = require "braid.task"
local support = require "support"

test("values come out as they went in, in order", function()
  local q = queue.LocalQueue()
  local values = { {}, coroutine.create(print), io.stdout, print, 1, "x", false }
  for _, value in ipairs(values) do expect(q:put(value)):is_true() end
  q:put(nil)
  expect(q:qsize()):equals(#values + 1)
  for _, value in ipairs(values) do expect(rawequal(q:get(), value)):is_true() end
  expect(select("#", q:get())):equals(1)
  expect(q:empty()):is_true()
end)

test("a bound, and what does not wait", function()
  local q = queue.LocalQueue(2)
  expect(q:put(1) and q:put(2)):is_true()
  expect(q:full()):is_true()
  expect(select(2, q:put_nowait(3))):equals "full"
  expect(select(2, q:put(3, 0))):equals "timeout"
  expect(select(2, q:put(3, 0.01))):equals "timeout"
  expect(q:get()):equals(1)
  expect(q:get_nowait()):equals(2)
  expect(select(2, q:get_nowait())):equals "empty"
  expect(select(2, q:get(0.01))):equals "timeout"
end)

test("waiting puts and gets are served in the order they came, nil and false too", function()
  local q = queue.LocalQueue(1)
  q:put(0)
  local values, putters = { false, nil, 3 }, {}
  for i = 1, 3 do putters[i] = task.spawn(function() return q:put(values[i]) end) end
  task.yield()
  expect(q:get()):equals(0)
  for i = 1, 3 do expect(q:get()):equals(values[i]) end
  for i = 1, 3 do expect(putters[i]:result()):is_true() end
  local got, getters = {}, {}
  for i = 1, 3 do
    getters[i] = task.spawn(function() got[i] = table.pack(q:get()) end)
  end
  task.yield()
  for i = 1, 3 do q:put(values[i]) end
  task.joinall(getters)
  for i = 1, 3 do
    expect(got[i].n):equals(1)
    expect(got[i][1]):equals(values[i])
  end
end)

test("a cancelled wait did not happen, and its value is let go", function()
  local q = queue.LocalQueue(1)
  local getter = task.spawn(function() q:get() end)
  task.yield()
  getter:cancel()
  q:put(1)
  getter:join()
  expect(q:qsize()):equals(1)
  local kept = setmetatable({}, { __mode = "k" })
  do
    local putter = task.spawn(function()
      local value = {}
      kept[value] = true
      q:put(value)
    end)
    task.yield()
    putter:cancel()
    putter:join()
  end
  expect(q:get()):equals(1)
  expect(q:empty()):is_true()
  task.yield()
  support.collect()
  expect(next(kept)):is_nil()
end)

test("close: puts raise, gets drain, those who wait are told", function()
  local q = queue.LocalQueue(1)
  q:put(1)
  local putter = task.spawn(function() return pcall(q.put, q, 2) end)
  local empty = queue.LocalQueue()
  local getter = task.spawn(function() return empty:get() end)
  task.yield()
  q:close()
  empty:close()
  local ok, err = putter:result()
  expect(ok):is_false()
  expect(err.kind):equals "closed"
  expect(select(2, getter:result())):equals "closed"
  expect(q:get()):equals(1)
  expect(select(2, q:get())):equals "closed"
  expect_error(function() q:put(1) end, "closed")
  expect(q:put_many { 1 }):equals(0)
end)

test("many, in a loop", function()
  local q = queue.LocalQueue(8)
  local t = task.spawn(function()
    local count, why = q:put_many { 1, 2, 3, nil, 5, n = 5 }
    for i = 6, 1000 do q:put(i) end
    q:close()
    return count, why
  end)
  local list = q:get_many(5)
  expect(list.n):equals(5)
  expect(list[4]):is_nil()
  local sum = 0
  for value in q:iter() do sum = sum + value end
  expect(sum):equals(500500 - 15)
  expect(t:result()):equals(5)
end)

test("put_many waits for room until its time is up", function()
  local q = queue.LocalQueue(2)
  local count, why = q:put_many({ 1, 2, 3 }, 0.01)
  expect(count):equals(2)
  expect(why):equals "timeout"
end)

test("task_done and join", function()
  local q = queue.LocalQueue()
  q:put(1)
  expect(q:join(0)):is_false()
  local t = task.spawn(function() return q:join() end)
  task.yield()
  q:get()
  q:task_done()
  expect(t:result()):is_true()
  expect_error(function() q:task_done() end, "invalid_state")
end)

test("the main chunk waits, too, and so does a comparator", function()
  local q = queue.LocalQueue()
  task.spawn(function()
    task.yield()
    q:put "late"
  end)
  expect(q:get()):equals "late"
  task.spawn(function() for _ = 1, 10 do q:put(true) end end)
  local list = { 3, 1, 2 }
  table.sort(list, function(a, b) return q:get() and a < b end)
  expect(list):same { 1, 2, 3 }
end)

test("it belongs to its thread", function()
  local q = queue.LocalQueue()
  expect_error(function() queue.Queue():put(q) end, "cannot send a LocalQueue")
  expect(tostring(q)):matches "^LocalQueue: "
end)

test("wrong arguments say which", function()
  local q = queue.LocalQueue()
  expect_error(function() q:put() end, "bad argument #1 to 'put'")
  expect_error(function() q:put(1, "x") end, "bad argument #2 to 'put'")
  expect_error(function() q:get(0 / 0) end, "bad argument #1 to 'get'")
  expect_error(function() q:get_many(0) end, "bad argument #1 to 'get_many'")
  expect_error(function() q:put_many(1) end, "bad argument #1 to 'put_many'")
  expect_error(function() queue.LocalQueue "x" end, "bad argument #1 to 'LocalQueue'")
  expect_error(function() q.get(queue.Queue()) end, "LocalQueue expected")
  expect_error(function() q.iter(1) end, "LocalQueue expected")
end)
