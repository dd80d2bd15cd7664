-- Bytes through a Pipe, and Connections in select.

local pipe = require "braid.pipe"
local pick = require "braid".select
local process = require "braid.process"
local queue = require "braid.queue"
local shared = require "braid.shared"
local task = require "braid.task"

local Pipe = pipe.Pipe

test("bytes arrive as they were, one message for each send", function()
  local a, b = Pipe()
  local all = {}
  for i = 0, 255 do all[#all + 1] = string.char(i) end
  local every = table.concat(all)
  a:send_bytes(every)
  a:send_bytes ""
  a:send_bytes "end"
  expect(b:recv_bytes()):equals(every)
  expect(b:recv_bytes()):equals ""
  expect(b:recv_bytes(3)):equals "end"
  expect(table.pack(b:recv_bytes(nil, 0.01))):same { nil, "timeout", n = 2 }
  a:close()
  expect(table.pack(b:recv_bytes())):same { nil, "eof", n = 2 }
end)

test("an offset counts from 0, a size from there", function()
  local a, b = Pipe()
  a:send_bytes("abcdef", 2)
  a:send_bytes("abcdef", 2, 3)
  a:send_bytes("abcdef", 6)
  a:send_bytes("abcdef", 0, 0)
  for _, text in ipairs { "cdef", "cde", "", "" } do expect(b:recv_bytes()):equals(text) end
  expect_error(function() a:send_bytes("abc", 4) end, "bad argument #2 to 'send_bytes'")
  expect_error(function() a:send_bytes("abc", -1) end, "bad argument #2 to 'send_bytes'")
  expect_error(function() a:send_bytes("abc", 1, 3) end, "bad argument #3 to 'send_bytes'")
  expect_error(function() a:send_bytes("abc", 1, -1) end, "bad argument #3 to 'send_bytes'")
  expect_error(function() a:send_bytes {} end, "bad argument #1 to 'send_bytes'")
  expect(b:poll()):is_false()
end)

test("a message that is too long raises and stays", function()
  local a, b = Pipe()
  for _, size in ipairs { 10, 100, 100000 } do
    a:send_bytes(("x"):rep(size))
    expect_error(function() b:recv_bytes(size - 1) end, "longer than there is room for")
    expect(#b:recv_bytes(size)):equals(size)
  end
  local t = task.spawn(pcall, b.recv_bytes, b, 4)
  task.yield()
  a:send_bytes "12345"
  local ok, err = t:result()
  expect(ok):is_false()
  expect(err):matches "longer than"
  expect(b:recv()):equals "12345"
  expect_error(function() b:recv_bytes(-1) end, "bad argument #1 to 'recv_bytes'")
end)

test("strings and bytes are the same, other values are no bytes", function()
  local a, b = Pipe()
  a:send "text"
  a:send_bytes "bytes"
  expect(b:recv_bytes()):equals "text"
  expect(b:recv()):equals "bytes"
  a:send { 1 }
  expect_error(function() b:recv_bytes() end, "not a string")
  expect(b:recv()[1]):equals(1)
end)

test("bytes go into an Array of them", function()
  local a, b = Pipe()
  local array = shared.Array("u8", 6)
  a:send_bytes "\1\2\255"
  a:send_bytes "\9"
  expect(b:recv_bytes_into(array)):equals(3)
  expect(b:recv_bytes_into(array, 5)):equals(1)
  expect(array:tolist()):same { 1, 2, 255, 0, 0, 9 }
  a:send_bytes "abc"
  expect_error(function() b:recv_bytes_into(array, 4) end, "longer than there is room for")
  local text = shared.Array("char", 3)
  expect(b:recv_bytes_into(text)):equals(3)
  expect(text[1] .. text[2] .. text[3]):equals "abc"
  expect_error(function() b:recv_bytes_into(array, 7) end, "bad argument #2 to 'recv_bytes_into'")
  expect_error(function() b:recv_bytes_into(shared.Array("i32", 3)) end, "Array of bytes expected")
  expect_error(function() b:recv_bytes_into {} end, "Array of bytes expected")
  a:close()
  expect(table.pack(b:recv_bytes_into(array))):same { nil, "eof", n = 2 }
end)

test("a process sends bytes and they arrive in an Array", function()
  local here, there = Pipe(false)
  local p = process.spawn(function(c)
    for i = 1, 50 do c:send_bytes((string.pack("<i8", i))) end
  end, there)
  there:close()
  local array, seen = shared.Array("u8", 8), 0
  while here:recv_bytes_into(array) == 8 do
    seen = seen + 1
    expect(array[1]):equals(seen)
  end
  expect(seen):equals(50)
  p:join()
end)

test("select takes exactly one message", function()
  local a, b = Pipe()
  local c, d = Pipe()
  a:send "first"
  expect(table.pack(pick { { d, "recv" }, { b, "recv" }, timeout = 0 })):same { 2, "first", n = 2 }
  expect(table.pack(pick { { d, "recv" }, { b, "recv" }, timeout = 0 }))
    :same { nil, "timeout", n = 2 }
  local t = task.spawn(function() return pick { { d, "recv" }, { b, "recv" }, { d, "poll" } } end)
  task.yield()
  a:send { "table" }
  local index, value = t:result()
  expect(index):equals(2)
  expect(value[1]):equals "table"
  a:close()
  expect(table.pack(pick { { b, "recv" }, { d, "recv" } })):same { 1, nil, "eof", n = 3 }
  c:send(1)
  expect(table.pack(pick { { d, "poll" } })):same { 1, true, n = 2 }
  expect(d:recv()):equals(1)
  expect_error(function() pick { { a, "recv" } } end, "closed")
end)

test("select sends when there is room, and both ends may be in one select", function()
  local a, b = Pipe()
  expect(table.pack(pick { { a, "send", { 7 } }, { a, "recv" } })):same { 1, n = 1 }
  expect(b:recv()[1]):equals(7)
  a:send(("b"):rep(2000000))
  local q = queue.Queue()
  expect(table.pack(pick { { a, "send", { 8 } }, { q, "get" }, timeout = 0.01 }))
    :same { nil, "timeout", n = 2 }
  local t = task.spawn(function() return pick { { a, "send", { 8 } }, { q, "get" } } end)
  task.yield()
  expect(#b:recv()):equals(2000000)
  expect(t:result()):equals(1)
  expect(b:recv()[1]):equals(8)
  b:close()
  expect_error(function() pick { { a, "send", 1 } } end, "closed")
  local reader, writer = Pipe(false)
  expect_error(function() pick { { writer, "recv" } } end, "case 1: this end of the pipe")
  expect_error(function() pick { { reader, "send", 1 } } end, "case 1: this end of the pipe")
end)

test("an end sent through its own pipe in select is not lost", function()
  local a, b = Pipe()
  pick { { a, "send", b } }
  expect(b:recv() == b):is_true()
  pick { { a, "send", a } }
  expect(b:recv() == a):is_true()
end)

test("the ends may be handed on, through a pipe of processes", function()
  local a, b = Pipe()
  local here, there = Pipe()
  local p = process.spawn(function(c)
    local mine, theirs = pipe.Pipe()
    c:send(theirs)
    local given <close> = c:recv()
    given:send(mine:recv() * 2)
  end, there)
  local theirs = here:recv()
  here:send(b)
  b:close()
  theirs:send(21)
  expect(a:recv()):equals(42)
  expect(table.pack(a:recv())):same { nil, "eof", n = 2 }
  p:join()
end)

test("a process that is killed holds no end any more", function()
  for _, body in ipairs { function(c) c:send "ready" c:recv() end,
    function(c) c:send "ready" while true do end end } do
    local here, there = Pipe()
    local p = process.spawn(body, there)
    there:close()
    expect(here:recv()):equals "ready"
    p:kill()
    expect(table.pack(here:recv(60))):same { nil, "eof", n = 2 }
    expect_error(function() here:send(1) end, "closed")
    p:join()
  end
end)

test("a send and a select that wait end when the process that should read is killed", function()
  local here, there = Pipe()
  local p = process.spawn(function(c)
    c:send "ready"
    task.sleep(60)
    return c
  end, there)
  there:close()
  expect(here:recv()):equals "ready"
  here:send(("b"):rep(2000000))
  local sender = task.spawn(pcall, here.send, here, ("b"):rep(2000000))
  local chooser = task.spawn(function() return pick { { here, "recv" } } end)
  task.yield()
  p:kill()
  local _, err = sender:result()
  expect(err.kind):equals "closed"
  expect(table.pack(chooser:result())):same { 1, nil, "eof", n = 3 }
  p:join()
end)

test("recv_bytes_into fills the buf of a SharedMemory", function()
  local a, b = Pipe()
  local memory = shared.SharedMemory { create = true, size = 8 }
  a:send_bytes "\1\2\3"
  expect(b:recv_bytes_into(memory.buf, 5)):equals(3)
  expect(memory:read(4, 4)):equals "\0\1\2\3"
  a:send_bytes "123456789"
  expect_error(function() b:recv_bytes_into(memory.buf) end, "longer than there is room for")
  expect_error(function() b:recv_bytes_into(memory.buf, 9) end, "the buffer is not so long")
  expect(b:recv_bytes()):equals "123456789"
  local waiter = task.spawn(pcall, b.recv_bytes_into, b, memory.buf)
  task.yield()
  memory:close()
  a:send_bytes "kept"
  local ok, err = waiter:result()
  expect(ok):is_false()
  expect(err.kind):equals "closed"
  expect(b:recv_bytes()):equals "kept"
  memory:unlink()
end)
