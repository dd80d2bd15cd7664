-- Processes: how they start, what they say of themselves, how they end.

local process = require "braid.process"
local queue = require "braid.queue"
local shared = require "braid.shared"
local support = require "support"
local sync = require "braid.sync"
local task = require "braid.task"
local thread = require "braid.thread"
local Process = process.Process

test("a process runs its target with arguments of all kinds", function()
  local p = Process { target = function(a, b, c) return a + b, c.x, select("#", a, b, c) end,
    args = { 1, 2 }, kwargs = { x = "kw" } }
  expect(p.pid):is_nil()
  expect(p.exitcode):is_nil()
  expect(p:is_alive()):is_false()
  expect(p:start()):is_nil()
  expect(p.pid ~= process.getpid() and math.type(p.pid)):equals "integer"
  expect(table.pack(p:result())):same { 3, "kw", 3, n = 3 }
  expect(p:join()):is_true()
  expect(p.exitcode):equals(0)
  expect(p:is_alive()):is_false()
end)

test("it has a Lua state and a memory of its own, and the globals that its function names", function()
  HERE = { 1 } -- luacheck: ignore
  local p = process.spawn(function() HERE[1] = 2 return HERE[1], process.getpid() end) -- luacheck: ignore
  local value, pid = p:result()
  expect(value):equals(2)
  expect(pid):equals(p.pid)
  expect(HERE[1]):equals(1) -- luacheck: ignore
  HERE = nil -- luacheck: ignore
end)

test("an error is raised by result, with the place, and gives exit code 1", function()
  local p = process.spawn(function() error("boom", 0) end)
  expect(select(2, pcall(p.result, p))):equals "boom"
  p:join()
  expect(p.exitcode):equals(1)
  expect(p:traceback()):matches "stack traceback"
  expect(p:exception()):equals "boom"
end)

test("an error that nobody takes is on stderr, and the program goes on", function()
  local out, err, status = support.script [[
    local p = require "braid.process".Process { name = "worker",
      target = function() error "boom" end }
    p:start()
    p:join()
    print(p.exitcode)]]
  expect(out):equals "1\n"
  expect(err):matches "^braid: uncaught error in process 'worker': [^\n]*boom\nstack traceback:\n"
  expect(status):equals(0)
end)

test("what cannot travel is an error here, and nothing starts", function()
  expect_error(function() process.spawn(print, { co = coroutine.create(print) }) end,
    'cannot send a coroutine %(argument 1, field "co"%)')
  expect_error(function() process.spawn(5) end, "bad argument #1 to 'spawn'")
  expect_error(function() Process { target = 1 } end, "target: function expected")
  expect_error(function() Process { nonsense = 1 } end, "unknown option 'nonsense'")
end)

test("misuse of its life is invalid_state", function()
  local p = Process { target = print }
  expect_error(function() p:join() end, "invalid_state")
  expect_error(function() p:kill() end, "invalid_state")
  p.daemon = true
  p:start()
  expect_error(function() p:start() end, "invalid_state")
  expect_error(function() p.daemon = false end, "invalid_state")
  p:join()
  expect_error(function() p.pid = 3 end, "cannot set field 'pid' of a Process")
  p:close()
  p = process.spawn(task.sleep, 60)
  expect_error(function() p:close() end, "invalid_state")
  p:kill()
  p:join()
end)

test("a closed handle has its fields, and methods raise", function()
  local p = process.spawn(function() return 1 end)
  p:join()
  p:close()
  p:close()
  local copy = process.spawn(function() return p end):result()
  for _, handle in ipairs { p, copy } do
    for _, name in ipairs { "start", "join", "result", "exception", "is_alive", "done", "cancelled",
      "cancel", "terminate", "kill", "traceback" } do
      local ok, err = pcall(handle[name], handle)
      expect(ok):is_false()
      expect(err.kind):equals "invalid_state"
      expect(err.message):matches "the process handle is closed"
    end
    expect(handle.exitcode):equals(0)
    expect(handle.pid):equals(p.pid)
    expect(tostring(handle)):matches "returned"
  end
  local unstarted <close> = Process { target = print }
  unstarted:close()
  expect_error(function() unstarted:start() end, "invalid_state")
end)

test("every object is the same one in all processes", function()
  local q, lock, count = queue.Queue(8), sync.Lock(), shared.Value("i", 0)
  local table_, event, done = shared.Table {}, sync.Event(), sync.WaitGroup()
  done:add(3)
  local list = {}
  for i = 1, 3 do
    list[i] = process.spawn(function()
      event:wait()
      for n = 1, 200 do
        lock:with(function() count.value = count.value + 1 end)
        table_:incr "n"
        if n % 50 == 0 then q:put(i) end
      end
      done:done()
      return i
    end)
  end
  event:set()
  local sum = 0
  for _ = 1, 12 do sum = sum + q:get() end
  expect(sum):equals(4 * (1 + 2 + 3))
  expect(done:wait(10)):is_true()
  expect(count.value):equals(600)
  expect(table_.n):equals(600)
  for i, p in ipairs(list) do expect(p:result()):equals(i) end
end)

test("a killed process has a negative exit code, its result raises worker_died", function()
  local ready = sync.Event()
  local p = process.spawn(function() ready:set() while true do end end)
  ready:wait()
  p:terminate()
  expect(p:join(10)):is_true()
  expect(p.exitcode):equals(-15)
  expect_error(function() p:result() end, "worker_died")
  p = process.spawn(task.sleep, 60)
  expect(p:join(0.01)):is_false()
  expect(p:kill()):is_true()
  expect(p:join(10)):is_true()
  expect(p.exitcode):equals(-9)
  expect(p:kill()):is_false()
end)

test("os.exit gives the exit code, and no result", function()
  local p = process.spawn(function() os.exit(7) end)
  p:join()
  expect(p.exitcode):equals(7)
  expect_error(function() p:result() end, "worker_died")
  p = process.spawn(function() os.exit(true, true) end)
  p:join()
  expect(p.exitcode):equals(0)
end)

test("a lock that a killed process held passes on as owner_died", function()
  local lock, ready = sync.Lock(), sync.Event()
  local p = process.spawn(function() lock:acquire() ready:set() task.sleep(60) end)
  ready:wait()
  expect(lock:acquire(0)):is_false()
  local waiter = thread.spawn(function() return lock:acquire() end)
  p:kill()
  expect(table.pack(waiter:result())):same { true, "owner_died", n = 2 }
  expect(lock:acquire(1)):is_true()
  lock:release()
end)

test("a killed process that waits is no longer in the way", function()
  local q, barrier = queue.Queue(1), sync.Barrier(2)
  local getter = process.spawn(function() q:get() end)
  local party = process.spawn(function() barrier:wait() end)
  support.meet(function() return barrier.n_waiting == 1 end)
  task.sleep(0.01)
  getter:kill()
  party:kill()
  getter:join()
  party:join()
  q:put "kept"
  expect(q:get(0)):equals "kept"
  expect(barrier.broken):is_false()
  expect(barrier.n_waiting):equals(0)
end)

test("cancel reaches one that waits and one that is busy", function()
  if os.getenv "BRAID_SANITIZE" == "thread" then return expect(true):is_true() end
  for _, body in ipairs { function() task.sleep(60) end, function() while true do end end } do
    local ready = sync.Event()
    local p = process.spawn(function() ready:set() body() end)
    ready:wait()
    p:cancel()
    expect(p:join(10)):is_true()
    expect(p:cancelled()):is_true()
    expect(p.exitcode):equals(0)
  end
end)

test("processes start processes, and know who started them", function()
  local p = process.spawn(function()
    local child = process.spawn(function()
      return process.getppid(), process.parent_process().name, process.current_process().name
    end)
    local parent, name = child:result()
    return parent == process.getpid(), name == process.current_process().name,
      process.parent_process().name
  end)
  expect(table.pack(p:result())):same { true, true, "MainProcess", n = 3 }
  expect(process.current_process().name):equals "MainProcess"
  expect(process.parent_process()):is_nil()
end)

test("a daemon may not start processes", function()
  local p = Process { target = function() process.spawn(print) end, daemon = true }
  p:start()
  expect_error(function() p:result() end, "a daemon process may not start processes")
end)

test("active_children lists those that live", function()
  local p = process.spawn(task.sleep, 60)
  local found = false
  for _, child in ipairs(process.active_children()) do found = found or child == p end
  expect(found):is_true()
  p:kill()
  p:join()
  for _, child in ipairs(process.active_children()) do expect(child == p):is_false() end
  expect(process.active_children):equals(process.active_children)
end)

test("a class of its own, whose run may be overridden", function()
  local Greeter = Process:extend "Greeter"
  function Greeter:init(word)
    Process.init(self)
    self.word = word
  end
  function Greeter:run() return self.word .. " from " .. self.name end
  local g = Greeter "hello"
  g.name = "greeter"
  g:start()
  expect(g:result()):equals "hello from greeter"
end)

test("leaving a block joins, and an error ends the process first", function()
  local p
  do
    local inner <close> = process.spawn(function() task.sleep(0.02) end)
    p = inner
  end
  expect(p.exitcode):equals(0)
  expect_error(function()
    local inner <close> = process.spawn(task.sleep, 60)
    p = inner
    error "out"
  end, "out")
  expect(p.exitcode):equals(-15)
end)

test("signals by name and by number", function()
  local p = process.spawn(task.sleep, 60)
  expect_error(function() process.kill(p.pid, "NONSENSE") end, "no signal has the name 'NONSENSE'")
  expect_error(function() process.kill(p.pid, 12345) end, "no signal has the number 12345")
  process.kill(p.pid, "STOP")
  expect(p:join(0.02)):is_false()
  process.kill(p.pid, "SIGCONT")
  process.kill(p.pid, 9)
  p:join()
  expect(p.exitcode):equals(-9)
  expect(process.cpu_count() >= 1):is_true()
end)

test("threads and tasks start processes, and wait for them", function()
  local t = thread.spawn(function()
    return process.spawn(function() return "of a thread" end):result()
  end)
  local list = {}
  for i = 1, 5 do list[i] = task.spawn(function() return process.spawn(function() return i end):result() end) end
  for i = 1, 5 do expect(list[i]:result()):equals(i) end
  expect(t:result()):equals "of a thread"
end)

test("the program waits for processes, not for daemons, and leaves nothing behind", function()
  local out, err, status = support.script [[
    local process, task = require "braid.process", require "braid.task"
    local d = process.Process { target = task.sleep, args = { 60 }, daemon = true }
    d:start()
    process.spawn(function() task.sleep(0.05) print "last" end)
    print(d.pid)]]
  expect(err):equals ""
  expect(status):equals(0)
  local pid = out:match "^(%d+)\nlast\n$"
  expect(pid ~= nil):is_true()
  expect(io.open("/proc/" .. pid .. "/stat")):is_nil()
end)

test("a program that is killed takes its processes with it", function()
  local path = os.tmpname()
  support.run(("%s -e %s"):format(support.quote(support.braid), support.quote(([[
    local process = require "braid.process"
    local p = process.spawn(function() while true do end end)
    local file = io.open(%q, "w")
    file:write(p.pid) file:close()
    process.kill(process.getpid(), "KILL")]]):format(path))))
  local file <close> = assert(io.open(path))
  local pid = file:read "a"
  os.remove(path)
  support.meet(function() return support.process_state(pid) == nil end)
  expect(#pid > 0):is_true()
end)

test("a deadlock over processes is reported and ends the program", function()
  local _, err, status = support.script [[
    local process, sync = require "braid.process", require "braid.sync"
    local never = sync.Event()
    process.spawn(function() never:wait() end)
    never:wait()]]
  expect(err):matches "deadlock"
  expect(status):equals(1)
end)

test("a zygote that is killed is replaced, and its processes go on", function()
  local out, err, status = support.script [[
    local process, sync = require "braid.process", require "braid.sync"
    process.spawn(math.abs, 1):join()
    local zygote = io.popen("pgrep -P " .. process.getpid() .. " -f zygote"):read "n"
    local go = sync.Event()
    local kept = process.spawn(function() go:wait() return "kept" end)
    local lost = process.spawn(function() go:wait(60) end)
    process.kill(zygote, "KILL")
    while process.spawn(function() return 2 end):result() ~= 2 do end
    go:set()
    print(kept:result(), kept:join(20), kept.exitcode)
    lost:kill()
    print(lost:join(20))]]
  expect(err):equals ""
  expect(out):equals "kept\ttrue\t0\ntrue\n"
  expect(status):equals(0)
end)

test("it begins in the directory of the one that starts it, at that moment", function()
  local has_lfs, lfs = pcall(require, "lfs")
  if not has_lfs then return expect(has_lfs):is_false() end
  local start, other = lfs.currentdir(), os.tmpname() .. ".d"
  expect(process.spawn(lfs.currentdir):result()):equals(start)
  assert(lfs.mkdir(other))
  assert(lfs.chdir(other))
  local p = process.spawn(function() return lfs.currentdir(), process.spawn(lfs.currentdir):result() end)
  lfs.chdir(start)
  local own, of_child = p:result()
  expect(own):equals(other)
  expect(of_child):equals(other)
  lfs.rmdir(other)
end)

for ending, exitcode in pairs { [""] = 0, ["error 'x'"] = 1, ["os.exit(3)"] = 3,
  ["process.kill(process.getpid(), 'KILL')"] = -9 } do
  -- It believed for ever that its parent lived: nobody ended the first process for those that stay.
  test("a detached process sees the end of its program: " .. ending, function()
    local path = os.tmpname()
    support.script(([[
      local process, sync = require "braid.process", require "braid.sync"
      local lock, ready = sync.Lock(), sync.Event()
      lock:acquire()
      local sibling = process.Process { daemon = true, target = sync.Event().wait, args = { sync.Event() } }
      sibling:start()
      process.Process { detached = true, target = function()
        local parent = process.parent_process()
        local before = parent:is_alive()
        ready:set()
        local joined = parent:join(20)
        local text = ("%%s %%s %%s %%s %%s %%s."):format(before, joined, parent:is_alive(),
          parent.exitcode, sibling:join(20), lock:acquire(20))
        local file = io.open(%q, "w")
        file:write(text)
        file:close()
      end }:start()
      ready:wait()
      %s]]):format(path, ending), { limit = 20 })
    local text
    support.meet(function()
      local file <close> = io.open(path)
      text = file:read "a"
      return text:find "%.$"
    end)
    os.remove(path)
    expect(text):equals(("true true false %d true true."):format(exitcode))
  end)
end
