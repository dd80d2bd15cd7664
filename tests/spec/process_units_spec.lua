-- braid.units() and SIGQUIT over processes: every unit of every one of them, also when a process does
-- not answer.

local process = require "braid.process"
local queue = require "braid.queue"
local support = require "support"
local sync = require "braid.sync"
local task = require "braid.task"
local thread = require "braid.thread"
local units = require "braid.units"

local function find(name, list)
  for _, unit in ipairs(list or units()) do
    if unit.name == name then return unit end
  end
end

local function end_all(...)
  for _, p in ipairs { ... } do
    p:kill()
    p:join()
  end
end

test("units of other processes are listed, with their process", function()
  local lock, q, ready = sync.Lock(), queue.Queue(), sync.WaitGroup()
  ready:add(3)
  local p = process.Process { name = "worker", target = function()
    lock:acquire()
    local function wait() ready:done() lock:acquire() end
    thread.Thread { name = "its thread", target = wait }:start()
    task.spawn(wait).name = "its task"
    ready:done()
    q:get()
  end }
  p:start()
  ready:wait()
  support.meet(function()
    local list = units()
    for _, name in ipairs { "worker", "its thread of worker", "its task of worker" } do
      local unit = find(name, list)
      if not unit or unit.state ~= "waiting" then return false end
    end
    return true
  end)
  local list = units()
  expect(list[1].kind):equals "thread"
  expect(list[1].process):equals "MainProcess"
  expect(list[1].pid):equals(process.getpid())
  expect(list[1].state):equals "running"

  local main = find("worker", list)
  expect(main.kind):equals "process"
  expect(main.id):equals(p.pid)
  expect(main.waits_for):equals "a message in a Queue"
  for kind, name in pairs { thread = "its thread of worker", task = "its task of worker" } do
    local unit = find(name, list)
    expect(unit.kind):equals(kind)
    expect(unit.waits_for):equals "a Lock"
    expect(unit.holder):equals "worker"
    expect(unit.since):at_least(0)
  end
  for _, unit in ipairs(list) do
    if unit.pid == p.pid then
      expect(unit.process):equals "worker"
      expect(unit.traceback):matches "process_units_spec.lua:%d+: in"
    end
  end
  end_all(p)
end)

test("one that has renamed itself has its new name, and so have its threads", function()
  local ready, go = sync.Barrier(3), sync.Event()
  local p = process.spawn(function()
    local t = require "braid.thread".spawn(function() ready:wait() go:wait() end)
    process.current_process().name = "renamed"
    ready:wait()
    go:wait()
    t:join()
  end)
  ready:wait()
  local names = {}
  for _, unit in ipairs(require "braid.units"()) do
    if unit.pid == p.pid then names[#names + 1] = unit.name end
  end
  go:set()
  p:join()
  expect(names):same { "renamed", "Thread-1 of renamed" }
end)

test("a process sees the same list", function()
  local p = process.spawn(function()
    local names = {}
    for _, unit in ipairs(units()) do names[unit.name] = unit.process end
    return names, process.current_process().name
  end)
  local names, own = p:result()
  expect(names.MainThread):equals "MainProcess"
  expect(names[own]):equals(own)
end)

test("one that is busy answers", function()
  local ready = sync.Event()
  local p = process.spawn(function() ready:set() while true do end end)
  ready:wait()
  local unit = find(p.name)
  expect(unit.state):equals "running"
  expect(unit.traceback):matches "process_units_spec.lua:%d+: in"
  end_all(p)
end)

test("one that is busy in C is listed without a traceback", function()
  local ready = sync.Event()
  local p = process.spawn(function() ready:set() os.execute "sleep 5 >/dev/null 2>&1" end)
  ready:wait()
  local unit
  support.meet(function()
    unit = find(p.name)
    return unit and not unit.traceback
  end)
  expect(unit.state):equals "running"
  expect(unit.id):equals(p.pid)
  end_all(p)
end)

test("one that is stopped is listed with what it waits for", function()
  local q, lock, ready = queue.Queue(), sync.Lock(), sync.WaitGroup()
  lock:acquire()
  ready:add(2)
  local p = process.spawn(function()
    task.spawn(function() ready:done() lock:acquire() end)
    ready:done()
    q:get()
  end)
  ready:wait()
  support.meet(function()
    local list = units()
    return find(p.name, list).waits_for and find("Task-1 of " .. p.name, list).waits_for
  end)
  process.kill(p.pid, "STOP")
  local unit, its_task
  support.meet(function()
    local list = units()
    unit, its_task = find(p.name, list), find("Task-1 of " .. p.name, list)
    return unit.state == "stopped"
  end)
  expect(unit.waits_for):equals "a Queue"
  expect(unit.traceback):is_nil()
  expect(its_task.kind):equals "task"
  expect(its_task.waits_for):equals "a Lock"
  expect(its_task.holder):equals "MainThread"
  process.kill(p.pid, "CONT")
  support.meet(function() return find(p.name).traceback ~= nil end)
  lock:release()
  end_all(p)
end)

test("threads, tasks and processes ask at the same time", function()
  local start = sync.Barrier(5)
  local function ask()
    start:wait()
    local found = true
    for _ = 1, 20 do found = found and find "MainThread" ~= nil and #units() >= 5 end
    start:wait()
    return found
  end
  local list = { process.spawn(ask), process.spawn(ask), thread.spawn(ask), thread.spawn(ask) }
  start:wait()
  for _ = 1, 20 do units() end
  start:wait()
  for _, unit in ipairs(list) do expect(unit:result()):is_true() end
end)

test("processes that ask are killed meanwhile", function()
  local stopped = process.spawn(task.sleep, 60)  -- so that each of them waits for an answer
  process.kill(stopped.pid, "STOP")
  local ready = queue.Queue()
  for _ = 1, 3 do
    local p = process.spawn(function() ready:put(true) while true do units() end end)
    ready:get()
    task.sleep(0.02)
    end_all(p)
  end
  process.kill(stopped.pid, "CONT")
  support.meet(function() return find(stopped.name).traceback ~= nil end)
  expect(find("MainThread").state):equals "running"
  end_all(stopped)
end)

test("processes and threads begin and end meanwhile", function()
  local go_on, asked = sync.Event(), 0
  local t = thread.spawn(function()
    while not go_on:is_set() do
      process.spawn(math.abs, 1)
      local p = process.spawn(task.sleep, 60)
      thread.spawn(math.abs, 1):join()
      p:kill()
      p:join()
    end
  end)
  for _ = 1, 100 do
    asked = asked + (find "MainThread" and 1 or 0)
  end
  go_on:set()
  t:join()
  expect(asked):equals(100)
end)

-- What SIGQUIT prints, sent to `whom`, by a program with a process that waits.
local function quit(whom)
  return support.script(([[
    local process, sync, units = require "braid.process", require "braid.sync", require "braid.units"
    local sleep = require "braid.task".sleep
    local go = sync.Event()
    local p = process.spawn(function() go:wait() return "went on" end)
    while not units()[2].waits_for do sleep(0.001) end
    local stopped = process.Process { name = "stopped", target = go.wait, args = { go } }
    stopped:start()
    process.kill(stopped.pid, "STOP")
    while units()[3].state ~= "stopped" do sleep(0.001) end
    process.kill(%s, "QUIT")
    while not io.open("/proc/self/fd/2"):read("a"):find "stopped is stopped" do sleep(0.01) end
    process.kill(stopped.pid, "CONT")
    go:set()
    print(p:result(), stopped:join())]]):format(whom))
end

for name, whom in pairs { ["the main process"] = "process.getpid()", ["another one"] = "p.pid" } do
  test("SIGQUIT to " .. name .. " prints the units of all, and the program goes on", function()
    local out, err, status = quit(whom)
    expect(out):equals "went on\ttrue\n"
    expect(status):equals(0)
    expect(err):matches "\n%-%-%- MainProcess, pid %d+ %-%-%-\n\nMainThread "
    expect(err):matches "\n%-%-%- Process%-1, pid %d+ %-%-%-\n\nProcess%-1 waits for an Event[^\n]*\nstack"
    expect(err):matches "\n%-%-%- stopped, pid %d+ %-%-%-\n\nstopped is stopped"
    expect(select(2, err:gsub("MainProcess, pid", ""))):equals(1)
  end)
end
