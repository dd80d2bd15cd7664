-- Braid as a module of a stock interpreter: env LUA, and BRAID_MODULE_DIR with braid.so in it. The
-- directory is empty where the module is built with a sanitizer, which a stock program cannot load.

local support = require "support"

local module_dir = os.getenv "BRAID_MODULE_DIR"
  or (support.braid:match "^(.*)/[^/]*$" or ".") .. "/lib"

if module_dir == "" then
  test("there is no module to load in a build with a sanitizer", function()
    expect(os.getenv "BRAID_SANITIZE"):matches "%a"
  end)
  return
end

local function script(source, libraries, worker)
  return support.script(source, {
    program = support.quote(support.lua) .. " " .. (libraries or "-l braid"),
    env = { LUA_CPATH = module_dir .. "/?.so;;", BRAID_WORKER = worker }, limit = 30,
  })
end

test("lua -l braid gives the modules", function()
  local out, err, status = script [[
    print(braid == require "braid", braid.task == require "braid.task",
      braid.time == require "braid.time", type(braid.task.spawn))
  ]]
  expect(err):equals ""
  expect(out):equals "true\ttrue\ttrue\tfunction\n"
  expect(status):equals(0)
end)

test("a submodule can be required before anything else", function()
  local all = { "inspect", "pipe", "process", "progress", "queue", "shared", "sync", "task", "thread",
    "time" }
  for _, name in ipairs(all) do
    local source = ("print(require 'braid.%s' == require 'braid'.%s)"):format(name, name)
    local out, err = script(source, "")
    expect(err):equals ""
    expect(out):equals "true\n"
  end
end)

test("tasks run while the main chunk waits", function()
  local out, err, status = script [[
    local task = require "braid.task"
    local t = task.spawn(function()
      for i = 1, 3 do
        print("task", i)
        task.sleep(0.002)
      end
      return "result"
    end)
    print(t:result())
  ]]
  expect(err):equals ""
  expect(out):equals "task\t1\ntask\t2\ntask\t3\nresult\n"
  expect(status):equals(0)
end)

test("waits pass through coroutines, callbacks and pcall", function()
  local out, err = script [[
    local task = require "braid.task"
    local list = { 3, 1, 2 }
    local other = 0
    local t = task.spawn(function()
      for _ = 1, 5 do
        other = other + 1
        task.sleep(0.0005)
      end
    end)
    table.sort(list, function(a, b) task.sleep(0.002) return a < b end)
    print(table.concat(list, " "), other > 1)
    t:join()
    for i in coroutine.wrap(function()
      for i = 1, 2 do
        task.sleep(0.001)
        coroutine.yield(i)
      end
    end) do print(i) end
    print(pcall(function() task.sleep(0.001) error("text", 0) end))
    print(task.gather({ string.gsub, "x", ".", function() task.sleep(0.001) return "y" end })[1])
  ]]
  expect(err):equals ""
  expect(out):equals "1 2 3\ttrue\n1\n2\nfalse\ttext\ny\n"
end)

test("cancellation and timeouts are the same", function()
  local out, err = script [[
    local task = require "braid.task"
    local t = task.spawn(function()
      local _ <close> = setmetatable({}, { __close = function(_, e) print("close", e.kind) end })
      pcall(task.sleep, 60)
      print "not reached"
    end)
    task.sleep(0)
    t:cancel()
    t:join()
    print(t:cancelled())
    local ok, e = pcall(task.timeout, 0.01, function() while true do end end)
    print(ok, e.kind)
  ]]
  expect(err):equals ""
  expect(out):equals "close\tcancelled\ntrue\nfalse\ttimeout\n"
end)

test("an error of the main chunk is the interpreter's own affair", function()
  local _, err, status = script "error 'main fails'"
  expect(err):matches "main fails"
  expect(status):equals(1)
end)

test("an untaken error of a task is reported and leaves the status alone", function()
  local _, err, status = script [[
    local task = require "braid.task"
    task.spawn(function() error "boom" end)
    task.sleep(0.005)
  ]]
  expect(select(2, err:gsub("boom", ""))):equals(1)
  expect(status):equals(0)
end)

test("it can be loaded in a coroutine", function()
  local out, err, status = script([[
    print(coroutine.wrap(function()
      local task = require "braid".task
      return task.spawn(function() task.sleep(0.001) return "value" end):result()
    end)())
  ]], "")
  expect(err):equals ""
  expect(out):equals "value\n"
  expect(status):equals(0)
end)

test("errors after the end of the main chunk are reported, in order", function()
  local out, err, status = script [[
    local task = require "braid.task"
    task.spawn(function() task.sleep(0.002) error "boom" end)
    task.spawn(function() task.sleep(0.005) error "bang" end)
    task.spawn(function() task.sleep(0.008) print "third" end)
    print "main ends"
  ]]
  expect(out):equals "main ends\nthird\n"
  expect(err):matches "uncaught error in task 'Task%-1': .*boom.*traceback.*'Task%-2': .*bang"
  expect(select(2, err:gsub("uncaught", ""))):equals(2)
  expect(status):equals(0)
end)

test("a deadlock after the end of the main chunk is reported", function()
  local _, err = script [[
    local task = require "braid.task"
    local a, b
    a = task.spawn(function() b:join() end)
    b = task.spawn(function() a:join() end)
  ]]
  expect(err):matches "deadlock: .*Task%-1 waits for the end of Task%-2.*traceback"
end)

test("tasks that outlive the main chunk find groups, timeouts and files as they were", function()
  local out, err = script [[
    local task = require "braid.task"
    local time = require "braid.time"
    local name = os.tmpname()
    local file = io.open(name, "w")
    task.spawn(function()
      local r = task.gather({ task.sleep, 0.002, "a" }, { task.sleep, 0.004, "b" })
      print(r[1], r[2])
      local own = io.open(name, "r")
      print(pcall(task.timeout, 0.002, task.sleep, 60))
      do
        local g <close> = task.group()
        g:spawn(function() task.sleep(0.002) print "in the group" end)
      end
      file:write "kept"
      file:close()
      print(own:read "a")
      own:close()
      time.after(0.002, function() print "timer" fired = os.remove(name) end)
    end)
    task.spawn(function()
      local g <close> = task.group()
      local ok, err = pcall(task.timeout, 0.02, task.timeout, 60, task.sleep, 60)
      while not fired do task.sleep(0.001) end
      print(ok, err)
    end)
    task.yield()
    print "main ends"
  ]]
  expect(err):equals ""
  expect(out):equals [[
main ends
a	b
false	timeout
in the group
kept
timer
false	timeout
]]
end)

test("threads run, and are waited for when the interpreter closes its state", function()
  local out, err, status = script [[
    local thread, task = braid.thread, braid.task
    print(thread.spawn(function(a, b) return a + b end, 1, 2):result())
    for i = 1, 3 do thread.spawn(function() task.sleep(i / 50) print("thread", i) end) end
    thread.spawn(function()
      thread.main_thread():join()
      KEPT = setmetatable({}, { __gc = function() print "closed" end })
    end)
    print "main ends"
  ]]
  expect(err):equals ""
  local lines = support.lines(out)
  expect(table.concat(lines, " ", 1, 2)):equals "3 main ends"
  table.sort(lines)
  expect(lines):same { "3", "closed", "main ends", "thread\t1", "thread\t2", "thread\t3" }
  expect(status):equals(0)
end)

test("daemons and idle threads do no harm when the interpreter unloads its modules", function()
  for _ = 1, 5 do
    local out, err, status = script [[
      local thread, sync = braid.thread, braid.sync
      for i = 1, 20 do thread.spawn(function() end) end
      local ready = sync.Event()
      for i, busy in ipairs {
        function() while true do end end,
        function() sync.Event():wait() end,
        function() while true do thread.spawn(function() end):join() end end,
      } do
        thread.Thread { daemon = true, target = function() ready:set() busy() end }:start()
      end
      ready:wait()
      print "main ends"
    ]]
    expect(err):equals ""
    expect(out):equals "main ends\n"
    expect(status):equals(0)
  end
end)

test("an error in main: the threads end first, the status is the interpreter's", function()
  local out, err, status = script [[
    braid.thread.spawn(function() braid.task.sleep(0.02) print "the thread ended" end)
    error "main fails"
  ]]
  expect(out):equals "the thread ended\n"
  expect(err):matches "main fails"
  expect(status):equals(1)
end)

test("threads that wait for each other for ever: the report, and the end", function()
  local _, err = script [[
    local event = braid.sync.Event()
    braid.thread.spawn(function() event:wait() end)
  ]]
  expect(err):matches "deadlock"
  expect(err):matches "Thread%-1"
end)

test("os.exit with threads that would not end", function()
  for _, arguments in ipairs { "4", "4, true" } do
    local _, err, status = script(([[
      for i = 1, 4 do braid.thread.spawn(function() while true do end end) end
      os.exit(%s)
    ]]):format(arguments))
    expect(err):equals ""
    expect(status):equals(4)
  end
end)

local processes <const> = [[
  local process, task = braid.process, braid.task
  local p = process.spawn(function(a, b) return a + b, process.getppid() == a end, process.getpid(), 0)
  print(select(2, p:result()))
  print(process.spawn(function() return process.spawn(math.abs, -4):result() end):result())
  process.spawn(function() task.sleep(0.02) print "last" end)
  print "main ends"
]]

test("processes are run by the worker that lies beside the module, or by the one that is named", function()
  for _, worker in ipairs { false, module_dir .. "/../braid-worker", support.braid } do
    local out, err, status = script(processes, nil, worker or nil)
    expect(err):equals ""
    expect(out):equals "true\n4\nmain ends\nlast\n"
    expect(status):equals(0)
  end
end)

test("without a worker a start says what is missing", function()
  local _, err, status = script(processes, nil, "/nonexistent/braid-worker")
  expect(err):matches "cannot start a process: the program braid%-worker was not found"
  expect(status):equals(1)
end)

test("the worker is no program for a script", function()
  local _, err, status = support.run(module_dir .. "/../braid-worker script.lua")
  expect(err):matches "^braid%-worker: started by programs"
  expect(status):equals(1)
end)
