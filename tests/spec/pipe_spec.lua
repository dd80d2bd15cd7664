-- Pipe over units of every kind: order, size, eof, waits. Bytes and select: pipe_bytes_spec.lua.

local pipe = require "braid.pipe"
local process = require "braid.process"
local queue = require "braid.queue"
local support = require "support"
local sync = require "braid.sync"
local task = require "braid.task"
local thread = require "braid.thread"
local units = require "units"

local Pipe = pipe.Pipe

-- Calls body(spawn) for processes. ThreadSanitizer does not see that another process has used the
-- memory in between which a thread here has freed: with threads in one program it would complain.
local function in_processes(body)
  if os.getenv "BRAID_SANITIZE" ~= "thread" then body(process.spawn) end
end

-- For each kind of unit.
local function each(body)
  units.each(function(_, spawn) body(spawn) end)
  in_processes(body)
end

-- For those whose units have handles of their own.
local function each_apart(body)
  body(thread.spawn)
  in_processes(body)
end

test("two ends, each of which reads what the other sends, in order", function()
  local a, b = Pipe()
  for i = 1, 100 do a:send(i) end
  b:send "back"
  for i = 1, 100 do expect(b:recv()):equals(i) end
  expect(a:recv()):equals "back"
  expect(a == b):is_false()
  expect(tostring(a)):matches "^Connection: "
end)

test("values of all kinds travel, nil among them", function()
  local a, b = Pipe()
  a:send(nil)
  expect(select("#", b:recv())):equals(1)
  local t = { 1, { x = "y" }, print, 2.5, true }
  t.self = t
  a:send(t)
  local got = b:recv()
  expect(got.self == got and got ~= t):is_true()
  expect(got[2].x):equals "y"
  expect(got[3] == print):is_true()
  a:send(function(n) return n + 1 end)
  expect(b:recv()(1)):equals(2)
  local q = queue.Queue()
  a:send(q)
  expect(b:recv() == q):is_true()
  expect_error(function() a:send { co = coroutine.create(print) } end,
    'cannot send a coroutine %(field "co"%)')
  expect_error(function() a:send() end, "bad argument #1 to 'send'")
  expect(b:poll()):is_false()
end)

test("it goes to and fro between units", function()
  each(function(spawn)
    local here, there = Pipe()
    local unit = spawn(function(c)
      local n = 0
      for value in function() return (c:recv()) end do
        n = n + 1
        c:send { value, n }
      end
      return n
    end, there)
    for i = 1, 200 do
      here:send("v" .. i)
      expect(here:recv()):same { "v" .. i, i }
    end
    here:send(nil)
    expect(unit:result()):equals(200)
  end)
end)

test("a message may have any size", function()
  each(function(spawn)
    local here, there = Pipe()
    local unit = spawn(function(c)
      local sum = 0
      for _ = 1, 4 do sum = sum + #c:recv() end
      c:send(("z"):rep(5000000))
      return sum
    end, there)
    local sum = 0
    for _, size in ipairs { 0, 60, 70000, 9000000 } do
      here:send(("x"):rep(size))
      sum = sum + size
    end
    expect(here:recv() == ("z"):rep(5000000)):is_true()
    expect(unit:result()):equals(sum)
  end)
end)

test("eof comes after what was sent, when the other end is closed", function()
  each(function(spawn)
    local here, there = Pipe()
    local unit = spawn(function(c)
      c:send "last"
      c:close()
      return c.closed
    end, there)
    expect(unit:result()):is_true()
    there:close()
    expect(here:recv()):equals "last"
    expect(table.pack(here:recv())):same { nil, "eof", n = 2 }
    expect(table.pack(here:recv(0))):same { nil, "eof", n = 2 }
    expect(here:poll()):is_true()
    expect_error(function() here:send(1) end, "closed")
  end)
end)

test("eof ends a recv and a poll that wait", function()
  each(function(spawn)
    local here, there = Pipe()
    local reader = spawn(function(c) return c:recv() end, there)
    local poller = spawn(function(c) return c:poll(60) end, there)
    here:send "one"
    here:close()
    local value, why = reader:result()
    expect(value == "one" or why == "eof"):is_true()
    expect(poller:result()):is_true()
  end)
end)

test("an end is closed when no unit holds it: a unit that ended holds nothing", function()
  each_apart(function(spawn)
    local here, there = Pipe()
    local go = sync.Event()
    local unit = spawn(function(c)
      go:wait()
      c:send "mine"
    end, there)
    there:close()
    expect(there.closed):is_true()
    expect(table.pack(here:recv(0.01))):same { nil, "timeout", n = 2 }
    go:set()
    expect(here:recv()):equals "mine"
    expect(table.pack(here:recv())):same { nil, "eof", n = 2 }
    unit:join()
  end)
end)

test("an end in a message that nobody reads any more is closed with it", function()
  local a, b = Pipe()
  local q = queue.Queue()
  q:put { b }
  b:close()
  expect(table.pack(a:recv(0))):same { nil, "timeout", n = 2 }
  local c, d = Pipe()
  c:send(q:get())
  collectgarbage()
  expect(table.pack(a:recv(0))):same { nil, "timeout", n = 2 }
  d:close()
  c:close()
  expect(table.pack(a:recv(0))):same { nil, "eof", n = 2 }
end)

test("collected ends close", function()
  local a = Pipe()
  collectgarbage()
  collectgarbage()
  expect(table.pack(a:recv(10))):same { nil, "eof", n = 2 }
end)

test("an end that is among its own messages is collected", function()
  local a, b = Pipe()
  a:send { b, b }
  b = nil -- luacheck: ignore
  collectgarbage()
  collectgarbage()
  expect_error(function() a:send(1) end, "closed")
end)

test("a long chain of ends in each other's messages ends without a deep stack", function()
  local first, last = Pipe()
  local at = first
  for _ = 1, 100000 do
    local a, b = Pipe()
    a:send(at)
    at:close()
    a:close()
    at = b
  end
  at:close()
  expect(table.pack(last:recv(0))):same { nil, "eof", n = 2 }
end)

test("send waits while a MiB and a message are unread", function()
  each(function(spawn)
    local here, there = Pipe(false)
    local sent = sync.Semaphore(0)
    local part = ("p"):rep(400000)
    local unit = spawn(function(c)
      for i = 1, 6 do
        c:send(part .. i)
        sent:release()
      end
      return "all"
    end, there)
    for _ = 1, 3 do expect(sent:acquire(60)):is_true() end
    expect(sent:acquire(0.02)):is_false()
    for i = 1, 6 do expect(here:recv()):equals(part .. i) end
    expect(unit:result()):equals "all"
  end)
end)

test("a send that waits ends with closed when nobody will read", function()
  local big = ("b"):rep(2000000)
  local here, there = Pipe(false)
  there:send(big)
  local t = task.spawn(function() return pcall(there.send, there, { big }) end)
  task.yield()
  expect(units.waiting "room in a Pipe"):equals(1)
  here:close()
  local ok, err = t:result()
  expect(ok):is_false()
  expect(err.kind):equals "closed"
end)

test("a cancelled send was not sent, a cancelled recv took nothing", function()
  local here, there = Pipe(false)
  there:send(("b"):rep(2000000))
  local t = task.spawn(function() there:send "never" end)
  task.yield()
  t:cancel()
  t:join()
  here:recv()
  expect(here:poll()):is_false()
  t = task.spawn(function() here:recv() end)
  task.yield()
  t:cancel()
  t:join()
  there:send "kept"
  expect(here:recv(0)):equals "kept"
end)

test("recv and poll give up at their time", function()
  local a, b = Pipe()
  expect(table.pack(a:recv(0.01))):same { nil, "timeout", n = 2 }
  expect(a:poll(0.01)):is_false()
  expect(a:poll()):is_false()
  b:send(1)
  expect(a:poll(0.01)):is_true()
  expect(a:poll()):is_true()
  expect(a:recv(-1)):equals(1)
  expect_error(function() a:recv(0 / 0) end, "bad argument #1 to 'recv'")
  expect_error(function() a:recv "x" end, "bad argument #1 to 'recv'")
end)

test("of a pipe with one way one end reads and the other sends", function()
  local reader, writer = Pipe(false)
  expect(reader.readable and not reader.writable):is_true()
  expect(writer.writable and not writer.readable):is_true()
  writer:send(1)
  expect(reader:recv()):equals(1)
  expect_error(function() reader:send(1) end, "can only receive")
  expect_error(function() writer:recv() end, "can only send")
  expect_error(function() writer:poll() end, "can only send")
  expect_error(function() Pipe(1) end, "bad argument #1 to 'Pipe'")
end)

test("a closed end raises closed, may be closed again, and cannot travel", function()
  local a, b = Pipe()
  local other = queue.Queue()
  expect(a.closed):is_false()
  expect(math.type(a:fileno())):equals "integer"
  expect(a:fileno() ~= b:fileno()):is_true()
  a:close()
  a:close()
  expect(a.closed):is_true()
  for _, name in ipairs { "send", "recv", "poll", "send_bytes", "recv_bytes", "fileno" } do
    local _, err = pcall(a[name], a, 0)
    expect(err.kind):equals "closed"
  end
  expect_error(function() other:put(a) end, "cannot send a closed Connection")
  do
    local c <close> = b
    expect(c.closed):is_false()
  end
  expect(b.closed):is_true()
end)

test("closing an end while it is waited for ends the wait", function()
  local a, b = Pipe()
  local waits = { function() a:recv() end, function() a:poll(60) end,
    function() a:recv_bytes() end, function() require "braid".select { { a, "recv" } } end }
  local list = {}
  for i, fn in ipairs(waits) do list[i] = task.spawn(pcall, fn) end
  task.yield()
  a:close()
  for _, t in ipairs(list) do
    local ok, err = t:result()
    expect(ok):is_false()
    expect(err.kind):equals "closed"
  end
  expect(table.pack(b:recv())):same { nil, "eof", n = 2 }
end)

test("several readers share what is sent, each message goes to one", function()
  each(function(spawn)
    local here, there = Pipe(false)
    local list = {}
    for i = 1, 3 do
      list[i] = spawn(function(c)
        local sum, n = 0, 0
        while true do
          local value = c:recv()
          if not value then return sum, n end
          sum, n = sum + value, n + 1
        end
      end, here)
    end
    for i = 1, 300 do there:send(i) end
    there:close()
    local sum = 0
    for _, one in ipairs(units.results(list)) do sum = sum + one end
    expect(sum):equals(300 * 301 // 2)
  end)
end)

test("a report says that a unit waits for a message in a Pipe; no sender is a deadlock", function()
  local out, err, status = support.script [[
    local a, b = require "braid.pipe".Pipe()
    a:recv()
    b:close()]]
  expect(out):equals ""
  expect(err):matches "deadlock"
  expect(err):matches "a message in a Pipe"
  expect(status):equals(1)
end)
