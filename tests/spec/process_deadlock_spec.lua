-- A deadlock over processes is reported, with the units of all of them; nothing else is taken for one.

local support = require "support"

local PRELUDE = [[
  local process, queue, sync = require "braid.process", require "braid.queue", require "braid.sync"
  local task, thread, time = require "braid.task", require "braid.thread", require "braid.time"
]]

local function script(source) return support.script(PRELUDE .. source, { limit = 30 }) end

local function is_running(pid) return support.process_state(pid) ~= nil end

-- What the report says of a unit: its line, and the traceback.
local function part(err, name)
  return err:match("\n(" .. name:gsub("%p", "%%%0") .. " [^\n]*\nstack traceback:[^%c]*\n.-)\n\n")
    or err:match("\n(" .. name:gsub("%p", "%%%0") .. " [^\n]*\nstack traceback:.*)") or err
end

test("two processes that wait in queues for each other", function()
  local out, err, status = script [[
    local to_child, to_main = queue.Queue(), queue.Queue()
    local p = process.spawn(function()
      to_child:get()
      to_main:put "never"
    end)
    print(p.pid)
    io.stdout:flush()
    to_main:get()
    to_child:put "never"]]
  expect(err):matches "^deadlock"
  expect(part(err, "MainThread")):matches "^MainThread waits for a message in a Queue\n.*in main chunk"
  expect(part(err, "Process-1")):matches "^Process%-1 waits for a message in a Queue\n.*in function <"
  expect(err):matches "MainProcess, pid %d+"
  expect(err):matches("Process%-1, pid " .. out:match "%d+")
  expect(status):equals(1)
  expect(is_running(out:match "%d+")):is_false()
end)

test("threads and tasks of several processes, and who holds what they wait for", function()
  local out, err, status = script [[
    local lock, never, ready = sync.Lock(), queue.Queue(), sync.WaitGroup()
    local is_held = sync.Event()
    ready:add(4)
    local function holder() lock:acquire() is_held:set() ready:done() never:get() end
    local function waiter()
      is_held:wait()
      task.spawn(function() ready:done() lock:acquire() end).name = "a task"
      thread.Thread { name = "a thread", target = function() ready:done() lock:acquire() end }:start()
      ready:done()
      lock:acquire()
    end
    for _, one in ipairs { { "holder", holder }, { "waiter", waiter } } do
      local p = process.Process { name = one[1], target = one[2] }
      p:start()
      print(p.pid)
      while not lock:locked() do task.sleep(0.001) end
    end
    io.stdout:flush()
    ready:wait()
    never:get()]]
  expect(err):matches "^deadlock"
  for _, name in ipairs { "MainThread", "holder" } do
    expect(part(err, name)):matches " waits for a message in a Queue\nstack traceback:\n\t"
  end
  for _, name in ipairs { "waiter", "a task of waiter", "a thread of waiter" } do
    expect(part(err, name)):matches " waits for a Lock held by holder\nstack traceback:\n\t"
  end
  expect(status):equals(1)
  for pid in out:gmatch "%d+" do expect(is_running(pid)):is_false() end
end)

test("a main chunk that is over and waits for its processes", function()
  local _, err, status = script [[
    local never = sync.Event()
    process.spawn(function() never:wait() end)]]
  expect(err):matches "^deadlock"
  expect(part(err, "Process-1")):matches "^Process%-1 waits for an Event\n"
  expect(err):matches "\nMainThread waits for the end of the processes\n"
  expect(status):equals(1)
end)

test("when the last one that was awake is killed", function()
  local _, err, status = script [[
    local q, ready = queue.Queue(), sync.WaitGroup()
    ready:add(2)
    local waits = process.spawn(function() ready:done() q:get() end)
    local busy = process.spawn(function() ready:done() while true do end end)
    ready:wait()
    os.execute("kill -KILL " .. busy.pid)
    q:get()]]
  expect(err):matches "deadlock"
  expect(part(err, "Process-1")):matches "^Process%-1 waits for a message in a Queue\n"
  expect(err):lacks "Process%-2"
  expect(status):equals(1)
end)

test("the report does not wait for a process that is stopped", function()
  local _, err, status = script [[
    local q, stopped = queue.Queue(), sync.Event()
    local p = process.spawn(function() q:get() end)
    local busy = process.spawn(function() stopped:wait() end)
    while true do
      local found = 0
      for _, unit in ipairs(require "braid.units"()) do
        if unit.kind == "process" and unit.waits_for then found = found + 1 end
      end
      if found == 2 then break end
    end
    -- Having answered it goes to sleep again; one that was stopped awake might bring something.
    local function state() return io.open("/proc/" .. p.pid .. "/stat"):read("a"):match "%) (%a)" end
    for _ = 1, 20 do
      task.sleep(0.005)
      while state() ~= "S" do task.sleep(0.001) end
    end
    os.execute("kill -STOP " .. p.pid)
    stopped:set()
    q:get()]]
  expect(err):matches "deadlock"
  expect(err):matches "\nProcess%-1 is stopped and waits for a Queue\n"
  expect(status):equals(1)
end)

-- For good it counted as one that a signal may end.
test("one that was stopped and continued by Braid waits as others do", function()
  local _, err, status = script [[
    local q, ready = queue.Queue(), sync.Event()
    local p = process.spawn(function() ready:set() q:get() end)
    ready:wait()
    for _, signal in ipairs { "STOP", "CONT", "WINCH" } do process.kill(p.pid, signal) end
    q:get()]]
  expect(err):matches "deadlock"
  expect(err):matches "\nProcess%-1 waits for a message in a Queue\n"
  expect(status):equals(1)
end)

-- The main chunk waits without end for what such a process brings.
for name, source in pairs {
  ["a process that sleeps"] = [[process.spawn(function() task.sleep(0.2) q:put "came" end)]],
  ["a process whose timer is pending"] = [[
    process.spawn(function() time.after(0.2, function() q:put "came" end) sync.Event():wait(1) end)]],
  ["a busy process"] = [[process.spawn(function()
    local start = time.monotonic()
    while time.monotonic() - start < 0.2 do end
    q:put "came"
  end)]],
  ["a process that waits with a timeout"] = [[
    process.spawn(function() queue.Queue():get(0.2) q:put "came" end)]],
  ["a process that runs a program"] = [[
    process.spawn(function() os.execute "sleep 0.2" q:put "came" end)]],
  ["a process that was stopped while it slept"] = [[
    local p = process.spawn(function() task.sleep(0.05) q:put "came" end)
    os.execute("kill -STOP " .. p.pid)
    os.execute("(sleep 0.3; kill -CONT " .. p.pid .. ") >/dev/null 2>&1 &")]],
  ["a process that was stopped before it took a message"] = [[
    local go, ready = queue.Queue(), sync.Event()
    local p = process.spawn(function() ready:set() go:get() q:put "came" end)
    ready:wait()
    task.sleep(0.02)
    os.execute("kill -STOP " .. p.pid)
    go:put "go"
    os.execute("(sleep 0.3; kill -CONT " .. p.pid .. ") >/dev/null 2>&1 &")]],
  ["a process that has not begun"] = [[
    process.spawn(math.abs, 1):join()
    local zygote = io.popen("pgrep -P " .. process.getpid() .. " -f zygote"):read "n"
    os.execute("kill -STOP " .. zygote)
    os.execute("(sleep 0.3; kill -CONT " .. zygote .. ") >/dev/null 2>&1 &")
    task.spawn(function() process.spawn(function() q:put "came" end) end)]],
} do
  test("no deadlock: " .. name, function()
    local out, err, status = script("local q = queue.Queue()\n" .. source .. "\nprint(q:get())")
    expect(out):equals "came\n"
    expect(err):equals ""
    expect(status):equals(0)
  end)
end

-- One token, so all but one wait without end; who counts them comes at every moment.
test("no deadlock: a ring of processes of which one is awake", function()
  local out, err, status = script [[
    local kProcesses, kRounds = 5, 400
    local queues, list, done = {}, {}, queue.Queue()
    for i = 1, kProcesses do queues[i] = queue.Queue() end
    for i = 1, kProcesses do
      list[i] = process.spawn(function()
        for round = 1, kRounds do
          local token = queues[i]:get()
          if i == kProcesses and round == kRounds then return done:put(token) end
          queues[i % kProcesses + 1]:put(token + 1)
        end
      end)
    end
    queues[1]:put(1)
    print(done:get())]]
  expect(out):equals "2000\n"
  expect(err):equals ""
  expect(status):equals(0)
end)
