-- A process dies at each step of what it does to a queue or a pipe. Afterwards that is as it was, or as
-- it is after the whole operation; who waited for it goes on; and nothing is lost or doubled.

local pipe = require "braid.pipe"
local queue = require "braid.queue"
local task = require "braid.task"
local support = require "support"
local steps = dofile(support.root .. "/tests/fault/steps.lua")

local at_each_step, waiting, result, patience =
  steps.at_each_step, steps.waiting, steps.result, steps.patience

-- All that is in a queue.
local function drain(q)
  local list = {}
  while true do
    local value, why = q:get(0)
    if why then return table.concat(list, " ") end
    list[#list + 1] = tostring(value)
  end
end

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
