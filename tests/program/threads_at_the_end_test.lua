-- The main chunk is over, or the program is ended, and threads are left: in every state that a
-- thread can be in.

local support = require "support"

local PRELUDE = [[
local thread, task, sync = require "braid.thread", require "braid.task", require "braid.sync"
]]

local function script(source, options)
  options = options or {}
  options.limit = options.limit or 30
  return support.script(PRELUDE .. source, options)
end

test("the program waits for its threads", function()
  local out, err, status = script [[
    for i = 1, 3 do thread.spawn(function() task.sleep(i / 50) print("thread", i) end) end
    print "main ends"]]
  expect(out):equals "main ends\nthread\t1\nthread\t2\nthread\t3\n"
  expect(err):equals ""
  expect(status):equals(0)
end)

test("a thread started while the last one ends is waited for as well", function()
  local out = script [[
    local function chain(n)
      print(n)
      if n > 0 then thread.spawn(chain, n - 1) end
    end
    thread.spawn(chain, 5)]]
  expect(out):equals "5\n4\n3\n2\n1\n0\n"
end)

test("a thread's tasks are waited for, and what they start", function()
  local out = script [[
    thread.spawn(function()
      task.spawn(function()
        task.sleep(0.01)
        thread.spawn(function() print "the last" end)
      end)
    end)]]
  expect(out):equals "the last\n"
end)

test("finalizers of a thread run before the program ends", function()
  for _, join in ipairs { "", ":join()" } do
    local out = script(([[
      thread.spawn(function()
        KEPT = setmetatable({}, { __gc = function() print "closed" end })
      end)%s]]):format(join))
    expect(out):equals "closed\n"
  end
end)

test("an error in the main chunk: the threads still end, and the status is 1", function()
  local out, err, status = script [[
    thread.spawn(function() task.sleep(0.02) print "the thread ended" end)
    error "main failed"]]
  expect(out):equals "the thread ended\n"
  expect(err):matches "main failed\nstack traceback:"
  expect(status):equals(1)
end)

test("the main thread has ended when its chunk has: it can be joined, and still counts", function()
  local out, err, status = script [[
    thread.spawn(function()
      local main = thread.main_thread()
      print(main:join(), main:is_alive(), main.name, select("#", main:result()))
      print(thread.active_count(), thread.enumerate()[1] == thread.current_thread())
    end)
    task.spawn(function() task.sleep(0.02) print "main's task" end)]]
  expect(out):equals "main's task\ntrue\tfalse\tMainThread\t0\n2\tfalse\n"
  expect(err):equals ""
  expect(status):equals(0)
end)

test("daemons are stopped, whatever they do", function()
  for _, busy in ipairs {
    "while true do end", "sync.Event():wait()", "task.sleep(60)",
    "while true do io.write(' ') end", "os.execute('sleep 3 >/dev/null')",
    "local l = sync.Lock() l:acquire() while true do end",
    "while true do task.yield() end", "while true do pcall(task.sleep, 60) end",
    "while true do thread.spawn(function() end) end",
    "require('braid.time').every(0.001, function() end)",
  } do
    local _, err, status = script(([[
      local ready = sync.Event()
      local t = thread.Thread { daemon = true, target = function() ready:set() %s end }
      t:start()
      ready:wait()
      io.stdout:write "main ends\n"]]):format(busy))
    expect(err):equals ""
    expect(status):equals(0)
  end
end)

test("daemons are left while a thread that is none goes on", function()
  local out, err, status = script [[
    local tick = sync.Event()
    local d = thread.Thread { daemon = true, target = function() while true do tick:set() end end }
    d:start()
    thread.spawn(function()
      thread.main_thread():join()
      tick:clear()
      print(tick:wait(10), d:is_alive())
    end)]]
  expect(out):equals "true\ttrue\n"
  expect(err):equals ""
  expect(status):equals(0)
end)

test("os.exit ends the program at once, from main and from a thread", function()
  for _, where in ipairs { "exit()", "thread.spawn(exit):join()", "task.spawn(exit):join()",
                           "thread.spawn(function() task.spawn(exit):join() end):join()" } do
    for _, arguments in ipairs { "7", "7, true" } do
      local out, err, status = script(([[
        local function exit() print "leaving" os.exit(%s) end
        for i = 1, 3 do thread.spawn(function() while true do end end) end
        for i = 1, 3 do thread.spawn(function() task.sleep(60) end) end
        %s
        print "not reached"]]):format(arguments, where))
      expect(out):equals "leaving\n"
      expect(err):equals ""
      expect(status):equals(7)
    end
  end
end)

test("os.exit while all threads print", function()
  local out, err, status = script [[
    for i = 1, 4 do thread.spawn(function() while true do io.write("line\n") end end) end
    task.sleep(0.05)
    os.exit(3)]]
  expect(err):equals ""
  expect(status):equals(3)
  for line in out:gmatch "[^\n]*\n" do
    if line ~= "line\n" then expect(line):equals "line\n" end
  end
end)

test("threads that wait for each other are a deadlock: a report and status 1", function()
  local out, err, status = script [[
    local first, second, ready = sync.Lock(), sync.Lock(), sync.Event()
    thread.spawn(function() sync.Event():wait() end)
    print "main ends"]]
  expect(out):equals "main ends\n"
  expect(err):matches "deadlock"
  expect(err):matches "Thread%-1"
  expect(status):equals(1)
end)

test("a wait for main by a thread that main joins is a deadlock", function()
  local _, err, status = script [[
    thread.spawn(function() thread.main_thread():join() end):join()]]
  expect(err):matches "deadlock"
  expect(status):equals(1)
end)

test("no false alarm: a thread that is busy or sleeps may still act", function()
  for _, act in ipairs { "for i = 1, 3e6 do end", "task.sleep(0.05)", "os.execute 'sleep 0.05'" } do
    local out, err, status = script(([[
      local go = sync.Event()
      for i = 1, 3 do thread.spawn(function() go:wait() end) end
      thread.spawn(function() %s go:set() end)
      go:wait()
      print "went on"]]):format(act))
    expect(out):equals "went on\n"
    expect(err):equals ""
    expect(status):equals(0)
  end
end)

test("what a thread starts can be stopped like what main starts", function()
  local out = script [[
    local function masks()
      return io.open("/proc/self/status"):read("a"):match "SigBlk:%s*(%x+)"
    end
    local function child()
      return io.popen("cat /proc/self/status"):read("a"):match "SigBlk:%s*(%x+)"
    end
    print(masks(), child(), thread.spawn(child):result())]]
  local main, child, of_thread = out:match "(%x+)\t(%x+)\t(%x+)"
  expect(child):equals(main)
  expect(of_thread):equals(main)
end)

test("a thread that writes into a pipe nobody reads ends the program, as main would", function()
  local out, err = support.run(("{ %s -e %s; echo $? >&2; } | head -n 1"):format(
    support.quote(support.braid), support.quote [[
      require("braid.thread").spawn(function() while true do print "line" end end)]]))
  expect(out):equals "line\n"
  expect(err):equals "141\n"
end)
