-- braid.shared: SharedMemory, bytes with a name in /dev/shm.

local process = require "braid.process"
local queue = require "braid.queue"
local shared = require "braid.shared"
local support = require "support"
local sync = require "braid.sync"
local task = require "braid.task"
local thread = require "braid.thread"
local units = require "units"
local SharedMemory = shared.SharedMemory

-- A name that no other run of this file has.
local count = 0
local function new_name()
  count = count + 1
  return ("spec-memory-%d-%d"):format(process.getpid(), count)
end

local function exists(name)
  local file <close> = io.open("/dev/shm/" .. name)
  return file ~= nil
end

test("a new one is full of zeros and has the size and the name that were said", function()
  local name = new_name()
  local sm <close> = SharedMemory { name = name, create = true, size = 5000 }
  expect(sm.name):equals(name)
  expect(sm.size):equals(5000)
  expect(#sm.buf):equals(5000)
  expect(sm:read()):equals(("\0"):rep(5000))
  expect(sm.owner):is_true()
  expect(tostring(sm)):equals("SharedMemory: " .. name .. ", 5000 bytes")
  expect(sm.nothing):is_nil()
end)

test("one without a name gets one that is not taken", function()
  local a <close> = SharedMemory { create = true, size = 1 }
  local b <close> = SharedMemory { create = true, size = 1 }
  expect(a.name ~= b.name):is_true()
  expect(a.name):matches("^braid%-" .. process.getpid() .. "%-")
  expect(exists(a.name) and exists(b.name)):is_true()
end)

test("buf has bytes, from 0", function()
  local sm <close> = SharedMemory { create = true, size = 3 }
  local buf = sm.buf
  buf[0], buf[1], buf[2.0] = 1, 255, 128
  expect(buf[0]):equals(1)
  expect(buf[1.0]):equals(255)
  expect(sm:read()):equals "\1\xff\x80"
  expect(rawequal(sm.buf, buf)):is_true()
  for _, index in ipairs { -1, 3, math.maxinteger, math.mininteger } do
    expect_error(function() return buf[index] end, "index .* is out of bounds, which are 0 to 2")
    expect_error(function() buf[index] = 1 end, "index .* is out of bounds, which are 0 to 2")
  end
  expect_error(function() return buf.x end, "bad index %(number expected, got string")
  expect_error(function() return buf[0.5] end, "bad index")
  for _, value in ipairs { -1, 256, 0.5, "x" } do expect((pcall(function() buf[0] = value end))):is_false() end
  expect_error(function() buf[0] = nil end, "number expected")
  expect(buf[0]):equals(1)
end)

test("read and write take strings, within the bounds", function()
  local sm <close> = SharedMemory { create = true, size = 8 }
  sm:write(2, "ab\0c")
  expect(sm:read()):equals "\0\0ab\0c\0\0"
  expect(sm:read(2, 2)):equals "ab"
  expect(sm:read(5)):equals "c\0\0"
  expect(sm:read(8)):equals ""
  expect(sm:read(8, 0)):equals ""
  sm:write(8, "")
  sm:write(4, "wxyz")
  expect_error(function() sm:read(-1, 1) end, "bad argument #1 to 'read' %(offset is out of bounds")
  expect_error(function() sm:read(9) end, "offset is out of bounds")
  expect_error(function() sm:read(4, 5) end, "count is out of bounds")
  expect_error(function() sm:read(4, -1) end, "count is out of bounds")
  expect_error(function() sm:read(1, math.maxinteger) end, "count is out of bounds")
  expect_error(function() sm:write(5, "wxyz") end, "no room for so many bytes")
  expect_error(function() sm:write(-1, "x") end, "offset is out of bounds")
  expect_error(function() sm:write(nil, "x") end, "bad argument #1 to 'write'")
  expect_error(function() sm:write(0) end, "bad argument #2 to 'write'")
  expect(sm:read(4)):equals "wxyz"
end)

test("who attaches by name sees the same bytes", function()
  local sm <close> = SharedMemory { name = new_name(), create = true, size = 100 }
  local other <close> = SharedMemory { name = sm.name }
  sm.buf[0] = 100
  expect(other.buf[0]):equals(100)
  other.buf[99] = 7
  expect(sm.buf[99]):equals(7)
  expect(other.size):equals(100)
  expect(other.owner):is_false()
  expect(other):equals(sm)
  local third <close> = SharedMemory { create = true, size = 100 }
  expect(third == sm):is_false()
end)

test("an unrelated program attaches, writes, and leaves it there", function()
  local sm <close> = SharedMemory { name = new_name(), create = true, size = 100 }
  sm.buf[0] = 100
  local out, err, status = support.script(([[
    local sm <close> = require "braid.shared".SharedMemory { name = %q }
    print(sm.buf[0], sm.size)
    sm:write(1, "hello")]]):format(sm.name))
  expect(err):equals ""
  expect(out):equals "100\t100\n"
  expect(status):equals(0)
  expect(sm:read(1, 5)):equals "hello"
  expect(exists(sm.name)):is_true()
end)

test("options that cannot be are errors that say why, and make nothing", function()
  local name = new_name()
  for problem, options in pairs {
    ["size: must be 1 or more"] = { name = name, create = true, size = 0 },
    ["size: must be 1 or more "] = { name = name, create = true, size = -1 },
    ["size: number expected to create one"] = { name = name, create = true },
    ["size: number expected, got string"] = { name = name, create = true, size = "big" },
    ["size: number has no integer representation"] = { name = name, create = true, size = 1.5 },
    ["name: string expected to attach to one"] = { size = 5 },
    ["name: string expected, got boolean"] = { name = true },
    ["name: 1 to 255 bytes expected"] = { name = "" },
    ["name: 1 to 255 bytes expected "] = { name = ("x"):rep(256) },
    ["there must be no '/'"] = { name = "../" .. name, create = true, size = 5 },
    ["no zero in it"] = { name = "a\0b", create = true, size = 5 },
    ["begin with 'braid%-'"] = { name = "braid-1-1", create = true, size = 5 },
    ["create: boolean expected, got string"] = { name = name, create = "yes", size = 5 },
    ["unknown option 'length'"] = { name = name, create = true, length = 5 },
  } do
    expect_error(function() SharedMemory(options) end,
      "bad argument #1 to 'SharedMemory' %(.*" .. problem:gsub(" $", ""))
  end
  expect_error(function() SharedMemory "name" end, "table expected")
  expect(exists(name)):is_false()
end)

test("names that are folders are refused", function()
  for _, name in ipairs { ".", ".." } do
    expect_error(function() SharedMemory { name = name, create = true, size = 1 } end, "are folders")
  end
end)

test("too large, taken and missing are errors", function()
  local name = new_name()
  for _, size in ipairs { 2 ^ 50, math.maxinteger } do
    expect_error(function() SharedMemory { name = name, create = true, size = size } end,
      "cannot create shared memory of %d+ bytes: ")
    expect_error(function() SharedMemory { create = true, size = size } end, "cannot create")
  end
  expect(exists(name)):is_false()
  expect_error(function() SharedMemory { name = name } end, "there is no shared memory '" .. name:gsub("%p", "%%%0"))
  local sm <close> = SharedMemory { name = name, create = true, size = 10 }
  sm.buf[0] = 1
  expect_error(function() SharedMemory { name = name, create = true, size = 20 } end, "exists already")
  expect(sm.buf[0]):equals(1)
  expect_error(function() SharedMemory { name = name, size = 11 } end, "has only 10 bytes")
  local other <close> = SharedMemory { name = name, size = 10 }
  expect(other.buf[0]):equals(1)
end)

test("what is no segment is refused", function()
  local name = new_name()
  io.open("/dev/shm/" .. name, "w"):close()
  expect_error(function() SharedMemory { name = name } end, "it is empty")
  os.remove("/dev/shm/" .. name)
  os.execute("mkdir /dev/shm/" .. name)
  expect_error(function() SharedMemory { name = name } end, "cannot attach")
  os.remove("/dev/shm/" .. name)
  os.execute("mkfifo /dev/shm/" .. name)
  expect_error(function() SharedMemory { name = name } end, "a file of another kind")
  os.remove("/dev/shm/" .. name)
  expect_error(function() SharedMemory { name = "." } end, "cannot attach")
end)

test("a full /dev/shm, or none, is an error and not a signal", function()
  local inside = "unshare -rm sh -c " .. support.quote "mount -t tmpfs -o size=64k none /dev/shm && %s"
  local can = os.execute(inside:format "true" .. " 2>/dev/null")
  if not can then return expect(can):is_nil() end -- it takes a namespace to have such a folder
  local script = os.tmpname()
  support.write_file(script, [[
    local SharedMemory = require "braid.shared".SharedMemory
    print(pcall(SharedMemory, { name = "full", create = true, size = 1 << 20 }))
    print(pcall(SharedMemory, { create = true, size = 1 << 15 }))]])
  local run = support.braid .. " " .. script
  local out = support.run(inside:format(run))
  expect(out):matches "false\t[^\n]*No space left on device\ntrue\tSharedMemory: braid%-"
  out = support.run(inside:format("mount --bind /proc /dev && " .. run))
  os.remove(script)
  expect(out):matches "^false\t[^\n]*cannot create[^\n]*\nfalse\t[^\n]*cannot create"
end)

test("closed, everything but its fields raises; the others still have it", function()
  local name = new_name()
  local sm = SharedMemory { name = name, create = true, size = 10 }
  local other <close> = SharedMemory { name = name }
  local buf = sm.buf
  sm:close()
  sm:close()
  for _, use in ipairs {
    function() return buf[0] end, function() buf[0] = 1 end, function() return #buf end,
    function() return sm.buf[0] end, function() sm:read() end, function() sm:write(0, "x") end,
  } do
    local _, err = pcall(use)
    expect(err.kind):equals "closed"
  end
  expect(sm.name):equals(name)
  expect(sm.size):equals(10)
  expect(tostring(sm)):matches ", closed$"
  expect_error(function() thread.spawn(print, sm) end, "cannot send a SharedMemory that is closed")
  other.buf[0] = 5
  expect(other.buf[0]):equals(5)
  expect(sm:unlink()):is_true()
end)

test("unlinked, it is there for those who have it and for nobody else", function()
  local name = new_name()
  local sm = SharedMemory { name = name, create = true, size = 10 }
  local other <close> = SharedMemory { name = name }
  expect(sm:unlink()):is_true()
  expect(sm:unlink()):is_false()
  expect(other:unlink()):is_false()
  sm.buf[0] = 9
  expect(other.buf[0]):equals(9)
  expect_error(function() SharedMemory { name = name } end, "there is no shared memory")
  expect_error(function() thread.spawn(print, sm) end, "cannot send a SharedMemory that was unlinked")
  -- Another one of that name is not this one's to unlink.
  local second <close> = SharedMemory { name = name, create = true, size = 10 }
  expect(sm:unlink()):is_false()
  expect(second.buf[0]):equals(0)
  expect(exists(name)):is_true()
  expect(sm == second):is_false()
end)

test("leaving a block closes; in the one that made it the name goes, too", function()
  local name = new_name()
  local kept
  do
    local sm <close> = SharedMemory { name = name, create = true, size = 10 }
    do
      local other <close> = SharedMemory { name = name }
      kept = other
    end
    expect(exists(name)):is_true()
    expect_error(function() kept:read() end, "closed")
    kept = sm
  end
  expect(exists(name)):is_false()
  expect_error(function() kept:read() end, "closed")
end)

test("buf keeps the bytes where they are, whatever is collected", function()
  local buf = SharedMemory { create = true, size = 10 }.buf
  buf[3] = 4
  support.collect()
  expect(buf[3]):equals(4)
  for _ = 1, 2000 do local _ = SharedMemory { create = true, size = 10 }:unlink() end
  support.collect()
  expect(buf[3]):equals(4)
end)

test("what is no SharedMemory is refused, and its fields cannot be set", function()
  local sm <close> = SharedMemory { create = true, size = 10 }
  expect_error(function() sm.read(sm.buf) end, "SharedMemory expected")
  expect_error(function() sm.close {} end, "SharedMemory expected")
  expect_error(function() sm.size = 5 end, "cannot set field 'size' of a SharedMemory")
  expect_error(function() thread.spawn(print, sm.buf) end, "cannot send")
end)

units.each(function(kind, spawn)
  test(kind .. ": each writes its byte of one that was passed on", function()
    local sm <close> = SharedMemory { create = true, size = 4 }
    local list = {}
    for i = 1, 4 do
      list[i] = spawn(function(got) got.buf[i - 1] = i * 10 return got == sm, got.name == sm.name end, sm)
    end
    for _, unit in ipairs(list) do
      expect(table.pack(unit:result())):same { true, true, n = 2 }
    end
    expect(sm:read()):equals "\10\20\30\40"
  end)
end)

test("it goes to a process as an argument, an upvalue and a message, and comes back as a result", function()
  local sm <close> = SharedMemory { create = true, size = 8 }
  local q = queue.Queue()
  q:put { here = sm }
  local p = process.spawn(function(got)
    got.buf[0] = 1
    sm.buf[1] = 2
    local message = q:get().here
    message:write(2, "three")
    local own = SharedMemory { create = true, size = 3 }
    own:write(0, "own")
    return own, message == got
  end, sm)
  local own, same = p:result()
  p:join()
  expect(sm:read()):equals "\1\2three\0"
  expect(same):is_true()
  expect(own:read()):equals "own"
  expect(own:unlink()):is_true()
end)

test("a lock and a SharedMemory count right over processes", function()
  local sm <close> = SharedMemory { create = true, size = 8 }
  local lock = sync.Lock()
  sm:write(0, ("<i8"):pack(0))
  local list = {}
  for i = 1, 3 do
    list[i] = process.spawn(function()
      for _ = 1, 100 do
        lock:with(function() sm:write(0, ("<i8"):pack(("<i8"):unpack(sm:read()) + 1)) end)
      end
    end)
  end
  for _, p in ipairs(list) do p:result() end
  expect((("<i8"):unpack(sm:read()))):equals(300)
end)

-- What a program leaves behind.

local function last_line(text) return text:match "([^\n]+)\n$" end

test("one without a name ends with its program, one with a name stays until it is unlinked", function()
  local name = new_name()
  for _, ending in ipairs { "", "os.exit(0)", "error 'x'" } do
    local out = support.script(([[
      local SharedMemory = require "braid.shared".SharedMemory
      local named = SharedMemory { name = %q, create = true, size = 10 }
      keep = SharedMemory { create = true, size = 10 }
      print(keep.name)
      %s]]):format(name, ending))
    expect(last_line(out)):matches "^braid%-"
    expect(exists(last_line(out))):is_false()
    local named <close> = SharedMemory { name = name }
    expect(named:unlink()):is_true()
  end
end)

test("what a killed program leaves goes with its zygote", function()
  local out = support.script [[
    local process, SharedMemory = require "braid.process", require "braid.shared".SharedMemory
    local sm = SharedMemory { create = true, size = 10 }
    print((process.spawn(function() return SharedMemory { create = true, size = 10 }.name end):result()))
    print(sm.name)
    io.stdout:flush()
    process.kill(process.getpid(), "KILL")]]
  local first, second = out:match "^(%S+)\n(%S+)\n$"
  expect(first):matches "^braid%-"
  support.meet(function() return not exists(first) and not exists(second) end)
end)

test("what was left is taken away by the next program, unless somebody still uses it", function()
  local path = os.tmpname()
  support.write_file(path, [[
    local process, SharedMemory = require "braid.process", require "braid.shared".SharedMemory
    local left = SharedMemory { create = true, size = 10 }
    local used = SharedMemory { create = true, size = 10 }
    print(process.getpid(), left.name, used.name)
    io.stdout:flush()
    require "braid.time".sleep(60)]])
  local program = io.popen(("exec %s %s"):format(support.quote(support.braid), path))
  local pid, left, used = program:read "l":match "^(%d+)\t(%S+)\t(%S+)$"
  local function next_program()
    support.script [[require "braid.shared".SharedMemory { create = true, size = 1 }]]
  end
  local sm = SharedMemory { name = used }
  next_program()
  expect(exists(left) and exists(used)):is_true()
  process.kill(math.tointeger(pid), "KILL")
  program:close()
  os.remove(path)
  next_program()
  expect(exists(left)):is_false()
  expect(exists(used)):is_true()
  sm:close()
  next_program()
  expect(exists(used)):is_false()
end)

test("what was left is taken away by the next program that has Braid, and cannot be attached to", function()
  local function killed()
    return support.script [[
      local process, SharedMemory = require "braid.process", require "braid.shared".SharedMemory
      print(SharedMemory { create = true, size = 10 }.name)
      io.stdout:flush()
      process.kill(process.getpid(), "KILL")]]:match "%S+"
  end
  local first = killed()
  expect(exists(first)):is_true()
  support.script [[require "braid"]]
  expect(exists(first)):is_false()
  local second = killed()
  expect_error(function() SharedMemory { name = second } end, "there is no shared memory")
  expect(exists(second)):is_false()
end)

test("tasks of one thread share a handle", function()
  local sm <close> = SharedMemory { create = true, size = 2 }
  local a = task.spawn(function() sm.buf[0] = 1 end)
  a:join()
  expect(sm.buf[0]):equals(1)
end)
