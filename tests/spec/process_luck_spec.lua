-- Processes that are unlucky: the system gives nothing more, somebody is killed at a bad moment,
-- there are many at once.

local process = require "braid.process"
local support = require "support"
local sync = require "braid.sync"
local task = require "braid.task"
local thread = require "braid.thread"

local sanitized = (os.getenv "BRAID_SANITIZE" or "") ~= ""

-- Runs a script after the shell has done `limits`.
local function limited(limits, source, options)
  local path = os.tmpname()
  support.write_file(path, source)
  local out, err, status =
    support.run(("%s; %s %s"):format(limits, support.quote(support.braid), path), options)
  os.remove(path)
  return out, err, status
end

test("killed right after the start: it has ended, whatever it had begun", function()
  for _ = 1, 40 do
    local p = process.spawn(function() end)
    p:kill()
    expect(p:join(20)):is_true()
    expect(p.exitcode == -9 or p.exitcode == 0):is_true()
  end
end)

test("killed while it is being made ready, ahead of its request", function()
  local out, err, status = support.script [[
    local process, task = require "braid.process", require "braid.task"
    process.spawn(math.abs, 1):join()
    local killed = 0
    for i = 1, 30 do
      local spare = io.popen("pgrep -f '^braid: spare' -P $(pgrep -f '^braid: zygote' -P " ..
        process.getpid() .. ") 2>&1"):read "n"
      if spare then
        killed = killed + 1
        pcall(process.kill, spare, i % 2 == 0 and "KILL" or "TERM")
      end
      local p = process.spawn(math.abs, -i)
      local ok, value = pcall(p.result, p)
      assert(ok and value == i or value.kind == "worker_died", value)
    end
    print(killed > 0, process.spawn(math.abs, -7):result())]]
  expect(err):equals ""
  expect(out):equals "true\t7\n"
  expect(status):equals(0)
end)

test("stopped for ever: join waits as long as it was told", function()
  local p = process.spawn(task.sleep, 60)
  process.kill(p.pid, "STOP")
  expect(p:join(0.02)):is_false()
  expect(p:is_alive()):is_true()
  p:kill()
  expect(p:join(20)):is_true()
end)

test("an error in its first line", function()
  local p = process.spawn(function() return require "there is no such module" end)
  expect_error(function() p:result() end, "module 'there is no such module' not found")
  p:join()
  expect(p.exitcode):equals(1)
end)

test("os.exit from wherever it is called", function()
  local function code(fn)
    local p = process.spawn(fn)
    p:join()
    return p.exitcode
  end
  expect(code(function() os.exit(300) end)):equals(300 % 256)
  expect(code(function() os.exit(false) end)):equals(1)
  expect(code(function() task.spawn(os.exit, 3):join() end)):equals(3)
  expect(code(function() thread.spawn(os.exit, 4):join() end)):equals(4)
  expect(code(function() os.exit(5, true) end)):equals(5)
  expect(code(function() setmetatable({}, { __gc = function() os.exit(6) end }) end)):equals(6)
end)

test("what it leaves open is closed, what it wrote is there", function()
  local path = os.tmpname()
  local p = process.spawn(function()
    FILE = assert(io.open(path, "w")) -- luacheck: ignore
    FILE:write "written" -- luacheck: ignore
    LAST = setmetatable({}, { __gc = function() io.open(path, "a"):write " to the end" end }) -- luacheck: ignore
  end)
  p:join()
  expect(p.exitcode):equals(0)
  local file <close> = assert(io.open(path))
  local text = file:read "a"
  os.remove(path)
  expect(text == "written to the end" or text == " to the endwritten"):is_true()
end)

test("closed standard streams are its own affair", function()
  local p = process.spawn(function()
    io.stdin:close() io.stdout:close() io.stderr:close()
  end)
  pcall(p.result, p)
  expect(p:join(20)):is_true()
  for _, closed in ipairs { "<&-", ">&-", "<&- >&-", "<&- >&- 2>&-" } do
    local path = os.tmpname()
    local _, _, status = support.script(([[
      local process = require "braid.process"
      local a = process.spawn(function() return 1 end):result()
      local b = process.spawn(function() return io.read() == nil end):result()
      local file = io.open(%q, "w")
      file:write(a, tostring(b))
      file:close()]]):format(path), { args = closed })
    local file <close> = assert(io.open(path))
    expect(file:read "a"):equals "1true"
    os.remove(path)
    expect(status):equals(0)
  end
end)

test("a program that comes through a pipe, and one typed into a REPL", function()
  local source = [[
    local p = require "braid.process".spawn(function(a) return a + 1 end, 41) print(p:result())
    print(require "braid.process".spawn(io.read):result())
  ]]
  for _, arguments in ipairs { "-", "-i" } do
    local out, err = support.run(support.quote(support.braid) .. " " .. arguments,
      { stdin = source:gsub("\n", " ", 1) })
    expect(err):equals ""
    expect(out):matches "42\nnil\n"
  end
end)

test("without memory it fails, and the others go on", function()
  if sanitized then return expect(sanitized):is_true() end -- it takes terabytes of addresses
  local out, err, status = limited("ulimit -v 400000", [[
    local process = require "braid.process"
    local p = process.spawn(function() local t = {} while true do t[#t + 1] = ("x"):rep(2^20) .. #t end end)
    local ok, err = pcall(p.result, p)
    print(ok, err, p:join() and p.exitcode)
    print(process.spawn(math.abs, -1):result())]])
  expect(err):equals ""
  expect(out):equals "false\tnot enough memory\t1\n1\n"
  expect(status):equals(0)
end)

test("without file descriptors a start fails or succeeds, and says so", function()
  if sanitized then return expect(sanitized):is_true() end -- it opens files of its own
  local succeeded, refused
  for limit = 4, 24 do
    local out, err = limited("ulimit -n " .. limit, [[
      local process = require "braid.process"
      local ok, p = pcall(process.spawn, function() return "ran" end)
      print(ok and p:result() or p)]])
    if out:find "^ran" then
      succeeded = limit
    else
      expect((out .. err):find "cannot start a process: %a" ~= nil or
        (out .. err):find "Too many open files" ~= nil or
        (out .. err):find "not enough memory" ~= nil or (out .. err):find "cannot open" ~= nil)
        :is_true()
      refused = limit
    end
  end
  expect(succeeded ~= nil and refused < 24):is_true()
end)

test("without process numbers start raises, and may be tried again", function()
  local su = "setpriv --reuid=65534 --clear-groups true"
  local _, _, may = support.run(su)
  if may ~= 0 then return expect(may ~= 0):is_true() end
  local out, err, status = support.script([[
    local process, sync = require "braid.process", require "braid.sync"
    local go, list, refused = sync.Event(), {}, nil
    for i = 1, 60 do
      local p = process.Process { target = function() go:wait() return i end }
      local ok, err = pcall(p.start, p)
      if ok then list[#list + 1] = p else refused = refused or { p, err } end
    end
    go:set()
    for i, p in ipairs(list) do assert(p:result() > 0) assert(p:join()) end
    print(#list < 60, (refused[2]:gsub("^[^ ]* ", "")))
    while not pcall(refused[1].start, refused[1]) do end
    print(refused[1]:result() > 0)]],
    { program = ("prlimit --nproc=30 setpriv --reuid=65534 --clear-groups %s"):format(
      support.quote(support.braid)) })
  if err:find "[Pp]ermission denied" or err:find "cannot open" then return expect(status ~= 0):is_true() end
  expect(err):equals ""
  expect(out):equals "true\tcannot start a process: Resource temporarily unavailable\ntrue\n"
end)

test("the zygote is killed between and during requests", function()
  local out, err, status = support.script [[
    local process, task = require "braid.process", require "braid.task"
    local function zygote()
      local pipe <close> = io.popen("pgrep -f '^braid: zygote' -P " .. process.getpid())
      return pipe:read "n"
    end
    process.spawn(math.abs, 1):join()
    local right, died = 0, 0
    for round = 1, 6 do
      local list = {}
      for i = 1, 4 do
        list[i] = task.spawn(function()
          local p = process.spawn(function() return i end)
          local ok, value = pcall(p.result, p)
          assert(p:join(20))
          if ok then assert(value == i) right = right + 1
          else assert(value.kind == "worker_died", value) died = died + 1 end
        end)
      end
      local pid = zygote()
      if round % 2 == 0 then task.sleep(0.001) end
      if pid then pcall(process.kill, pid, "KILL") end
      for i = 1, 4 do list[i]:result() end
    end
    print(right + died, right > 12)
    local left <close> = io.popen("ps --ppid " .. process.getpid() .. " -o stat=,comm=")
    print(select(2, left:read "a":gsub("Z[^\n]*braid", "")) <= 1)]]
  expect(err):equals ""
  expect(out):equals "24\ttrue\ntrue\n"
  expect(status):equals(0)
end)

test("many at once, each with its own result", function()
  local many <const> = sanitized and 40 or 300
  local list = {}
  for i = 1, many do list[i] = process.spawn(function(n) return i + n end, 1000) end
  for i = 1, many do expect(list[i]:result()):equals(i + 1000) end
  for i = 1, many do expect(list[i]:join()):is_true() end
end)

test("five generations", function()
  local function descend(n)
    if n == 0 then return process.getpid() end
    return process.spawn(descend, n - 1):result()
  end
  expect(descend(5) ~= process.getpid()):is_true()
end)

test("started by threads and tasks at once", function()
  local threads = {}
  for t = 1, 4 do
    threads[t] = thread.spawn(function()
      local tasks, sum = {}, 0
      for i = 1, 5 do
        tasks[i] = task.spawn(function() return process.spawn(function() return t * i end):result() end)
      end
      for i = 1, 5 do sum = sum + tasks[i]:result() end
      return sum
    end)
  end
  for t = 1, 4 do expect(threads[t]:result()):equals(15 * t) end
end)

test("asked for when the program has begun to end", function()
  local out, err, status = support.script [[
    local process = require "braid.process"
    KEPT = setmetatable({}, { __gc = function()
      print(pcall(function() return process.spawn(math.abs, -3):result() end))
    end })
    process.spawn(math.abs, 1)]]
  expect(status):equals(0)
  expect(err):equals ""
  expect(out == "true\t3\n" or out:find "^false\t.*cannot wait in a __gc" ~= nil):is_true()
  out, err = support.script [[
    local process = require "braid.process"
    local last <close> = setmetatable({}, { __close = function()
      print(process.spawn(math.abs, -3):result())
    end })]]
  expect(err):equals ""
  expect(out):equals "3\n"
end)

test("a signal to nobody says what the system says", function()
  expect_error(function() process.kill(2 ^ 30 // 1 | 0, 0) end,
    "^[^\n]*process_luck_spec.lua:%d+: cannot signal process 1073741824: No such process")
  local p = process.spawn(math.abs, 1)
  p:join()
  expect(p:kill()):is_false()
  expect_error(function() process.kill(1, -1) end, "no signal has the number %-1")
end)

test("ps shows which process is which", function()
  local ready, go = sync.Event(), sync.Event()
  local p = process.Process { name = "singer with a long name", target = function()
    ready:set() go:wait() end }
  p:start()
  ready:wait()
  local file <close> = assert(io.open("/proc/" .. p.pid .. "/cmdline"))
  expect(file:read "a"):matches "^braid: singer with a long name\0"
  go:set()
  p:join()
end)

test("descriptors and zombies: none is left", function()
  local function answer(command)
    local pipe <close> = io.popen(command)
    return pipe:read "a"
  end
  local path = os.tmpname() -- a pipe to ls would be counted, at one end or both
  local function descriptors()
    os.execute(("ls /proc/%d/fd >%s"):format(process.getpid(), path))
    local count = 0
    for _ in io.lines(path) do count = count + 1 end
    return count
  end
  support.collect()
  process.spawn(math.abs, 1):join()
  local before = descriptors()
  for _ = 1, 50 do
    local list = {}
    for i = 1, 4 do list[i] = process.spawn(math.abs, i) end
    for i = 1, 4 do list[i]:join() end
  end
  support.collect()
  expect(descriptors() <= before):is_true()
  os.remove(path)
  local zygote = answer("pgrep -f '^braid: zygote' -P " .. process.getpid()):match "%d+"
  local left = answer("ps --ppid " .. zygote .. " -o stat=,args=")
  expect(left:find "Z"):is_nil()
end)
