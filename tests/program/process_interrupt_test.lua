-- Ctrl-C in a program with processes. It goes to all of them, and is the main chunk's affair: the
-- others are quiet, go on while it unwinds, and are cancelled then.

local support = require "support"

local PRELUDE = [[
local process, queue, sync = require "braid.process", require "braid.queue", require "braid.sync"
local task, thread = require "braid.task", require "braid.thread"
local group = process.getpid()
local function ctrl_c() io.popen("kill -INT -" .. group):close() end
local function closing(name)
  return setmetatable({}, { __close = function() print(name .. " unwound") end })
end
]]

-- In a process group of its own, as a terminal would have it. The status is 128 + n for signal n.
local function script(source)
  local path = os.tmpname()
  support.write_file(path, PRELUDE .. source)
  local out, err, status = support.run(
    ("setsid -w %s %s; exit $?"):format(support.quote(support.braid), path), { limit = 40 })
  os.remove(path)
  return out, err, status
end

local function is_gone(pid) return support.process_state(pid) == nil end

test("main unwinds, then all processes with their threads and processes, in silence", function()
  local out, err, status = script [[
    local ready = queue.Queue()
    local function body(name, busy)
      local _ <close> = closing(name)
      thread.spawn(function()
        local _ <close> = closing(name .. "'s thread")
        ready:put(1)
        task.sleep(60)
      end)
      ready:put(1)
      if busy then while true do end end
      task.sleep(60)
    end
    process.spawn(body, "waiting")
    process.spawn(body, "busy", true)
    process.spawn(function()
      process.spawn(body, "grandchild")
      body "child"
    end)
    for _ = 1, 8 do ready:get() end
    local _ <close> = closing "main"
    ctrl_c()
    task.sleep(60)]]
  local lines = support.lines(out)
  expect(lines[1]):equals "main unwound"
  table.sort(lines)
  expect(lines):same {
    "busy unwound", "busy's thread unwound", "child unwound", "child's thread unwound",
    "grandchild unwound", "grandchild's thread unwound", "main unwound", "waiting unwound",
    "waiting's thread unwound",
  }
  expect(err):matches "interrupted!"
  expect(select(2, err:gsub("interrupted!", ""))):equals(1)
  expect(err):lacks "cancelled"
  expect(err):lacks "uncaught"
  expect(status):equals(130)
end)

test("main's <close> finds its processes alive and can have them end in order", function()
  local out, err, status = script [[
    local jobs, ready = queue.Queue(), sync.Event()
    local p = process.spawn(function()
      ready:set()
      for job in jobs:iter() do print("did " .. job) end
      print "worker ends"
    end)
    ready:wait()
    local _ <close> = setmetatable({}, { __close = function()
      jobs:put "the last job"
      jobs:close()
      print(p:join(), p.exitcode)
    end })
    ctrl_c()
    task.sleep(60)]]
  expect(out):equals "did the last job\nworker ends\ntrue\t0\n"
  expect(err):matches "interrupted!"
  expect(status):equals(130)
end)

test("a process in a <close> block is terminated", function()
  local out, err, status = script [[
    local kept
    local ready = sync.Event()
    local _ <close> = setmetatable({}, { __close = function() print(kept.exitcode) end })
    local p <close> = process.spawn(function() ready:set() task.sleep(60) end)
    kept = p
    ready:wait()
    ctrl_c()
    p:join()]]
  expect(out):equals "-15\n"
  expect(select(2, err:gsub("traceback", ""))):equals(1)
  expect(status):equals(130)
end)

test("Ctrl-C while only processes are left cancels them", function()
  local out, err, status = script [[
    process.spawn(function()
      local _ <close> = closing "process"
      task.spawn(function() task.sleep(0.05) ctrl_c() end)
      task.sleep(60)
    end)
    print "main ends"]]
  expect(out):equals "main ends\nprocess unwound\n"
  expect(err):equals ""
  expect(status):equals(130)
end)

test("what is started while all is cancelled is cancelled, too", function()
  local out, _, status = script [[
    local ready = sync.WaitGroup()
    ready:add(2)
    local function body(name)
      local _ <close> = setmetatable({}, { __close = function()
        task.shield(function()
          local list = { thread.spawn(task.sleep, 60), process.spawn(task.sleep, 60) }
          for _, unit in ipairs(list) do unit:join() end
          print(name, list[1]:cancelled(), list[2]:cancelled())
        end)
      end })
      ready:done()
      task.sleep(60)
    end
    process.spawn(body, "process")
    task.spawn(body, "task")
    ready:wait()
    ctrl_c()
    task.sleep(60)]]
  local lines = support.lines(out)
  table.sort(lines)
  expect(lines):same { "process\ttrue\ttrue", "task\ttrue\ttrue" }
  expect(status):equals(130)
end)

test("a script that catches it goes on, and so do its processes", function()
  local out, err, status = script [[
    local go, ready = sync.Event(), sync.Event()
    local p = process.spawn(function() ready:set() go:wait() return "went on" end)
    ready:wait()
    print((pcall(function() ctrl_c() task.sleep(60) end)))
    go:set()
    print(p:result())]]
  expect(out):equals "false\nwent on\n"
  expect(err):equals ""
  expect(status):equals(0)
end)

test("the second Ctrl-C ends the program at once, processes and all", function()
  local out, _, status = script [[
    local ready = queue.Queue()
    local p = process.spawn(function()
      local _ <close> = setmetatable({}, { __close = function()
        ctrl_c()
        while true do end
      end })
      ready:put(true)
      task.sleep(60)
    end)
    print(p.pid)
    io.stdout:flush()
    ready:get()
    ctrl_c()
    task.sleep(60)]]
  expect(status):equals(130)
  support.meet(function() return is_gone(out:match "%d+") end)
end)

test("SIGINT from the program itself ends the process that it is sent to", function()
  local out, err, status = script [[
    local ready = sync.Event()
    local p = process.spawn(function() ready:set() task.sleep(60) end)
    ready:wait()
    process.kill(p.pid, "INT")
    p:join()
    print(p.exitcode)]]
  expect(out):equals "-2\n"
  expect(err):equals ""
  expect(status):equals(0)
end)

test("a detached process has no part in it", function()
  local out, _, status = script [[
    local ready = sync.Event()
    local p = process.Process { target = function() ready:set() task.sleep(60) end, detached = true }
    p:start()
    ready:wait()
    print(p.pid)
    ctrl_c()
    task.sleep(60)]]
  local pid = out:match "%d+"
  expect(status):equals(130)
  expect(os.execute("kill -INT " .. pid)):is_true()
  support.meet(function() return is_gone(pid) end)
end)

for name, work in pairs {
  ["a pool that has nothing to do"] = "",
  ["a pool at work"] = "for i = 1, 4 do ex:submit(task.sleep, 60) end",
} do
  test("Ctrl-C ends " .. name .. ", with its block and without", function()
    for _, how in ipairs { "", "<close>" } do
      for _, kind in ipairs { "Thread", "Process" } do
        local _, err, status = script(([[
          local ex %s = require "braid.pool".%sPoolExecutor(2)
          ex:submit(math.sqrt, 4):result()
          %s
          task.spawn(function() task.sleep(0.05) ctrl_c() end)
          task.sleep(60)]]):format(how, kind, work))
        expect(err):matches "interrupted!"
        expect(status):equals(130)
      end
    end
  end)
end
