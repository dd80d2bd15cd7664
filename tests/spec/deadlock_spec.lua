-- When everything still alive waits for something that nothing can bring, the program says so and
-- ends with status 1 instead of hanging.

local support = require "support"

local function script(source)
  return support.script("local task = require 'braid.task'\n" .. source, { limit = 20 })
end

-- Two tasks that join each other; print their names.
local CYCLE = [[
  local a, b
  a = task.spawn(function() b:join() end)
  b = task.spawn(function() a:join() end)
  print(a.name)
  print(b.name)
]]

test("tasks that join each other are reported by name, at the end of the main chunk", function()
  local out, err, status = script(CYCLE)
  local names = support.lines(out)
  expect(#names):equals(2)
  expect(err:lower()):matches "deadlock"
  for _, name in ipairs(names) do expect(err:find(name, 1, true) ~= nil):is_true() end
  expect(err):matches "join"
  expect(err):matches "traceback"
  expect(status):equals(1)
end)

test("a main chunk that joins them is in the report", function()
  local out, err, status = script(CYCLE .. "a:join() print 'not reached'")
  expect(out):lacks "not reached"
  expect(err:lower()):matches "deadlock"
  expect(status):equals(1)
end)

test("the report comes although the wait is in a sort comparator", function()
  local _, err, status = script(CYCLE .. "table.sort({ 2, 1 }, function() a:join() end)")
  expect(err:lower()):matches "deadlock"
  expect(status):equals(1)
end)

test("a wait with a timeout is no deadlock", function()
  local out, err, status = script [[
    local a, b
    a = task.spawn(function() return b:join(0.02) end)
    b = task.spawn(function() a:join() end)
    print(a:result())
  ]]
  expect(out):equals "false\n"
  expect(err):equals ""
  expect(status):equals(0)
end)

test("a pending timer that may end the wait is no deadlock", function()
  local out, err, status = script [[
    local time = require "braid.time"
    local a, b
    a = task.spawn(function() b:join() end)
    b = task.spawn(function() a:join() end)
    time.after(0.02, function() a:cancel() end)
    print(b:join())
  ]]
  expect(out):equals "true\n"
  expect(err):equals ""
  expect(status):equals(0)
end)

-- The part of the report about that unit, up to its traceback.
local function line_of(err, name)
  return err:match("\n(" .. name:gsub("%p", "%%%0") .. "[^\n]*)\nstack traceback") or err
end

-- Two tasks, "stuck" and "sticky", that wait for each other.
local STUCK = [[
  local stuck, sticky
  stuck = task.spawn(function() sticky:join() end)
  sticky = task.spawn(function() stuck:result() end)
  stuck.name, sticky.name = "stuck", "sticky"
]]

test("the report names the task that a unit waits for", function()
  local _, err = script(STUCK .. "task.shield(stuck)")
  expect(line_of(err, "MainThread")):equals "MainThread waits for the end of stuck"
  expect(line_of(err, "stuck")):equals "stuck waits for the end of sticky"
  expect(line_of(err, "sticky")):equals "sticky waits for the end of stuck"
  for _, wait in ipairs {
    "stuck:join()", "task.joinall { stuck, sticky }", "task.gather(stuck)", "task.wait { stuck }",
    "task.wait_for(stuck)", "for t in task.as_completed { stuck } do print(t) end",
    "task.get_event_loop():run_until_complete(stuck)",
  } do
    _, err = script(STUCK .. wait)
    expect(line_of(err, "MainThread")):equals "MainThread waits for the end of stuck"
  end
end)

test("the report names up to five tasks that a unit waits for together", function()
  local _, err = script(STUCK .. "task.gather(sticky, stuck)")
  expect(line_of(err, "MainThread"))
    :equals "MainThread waits for one of several tasks to end: sticky, stuck"
  _, err = script(STUCK .. [[
    local g <close> = task.group()
    for i = 1, 7 do g:spawn(stuck.join, stuck).name = "child " .. i end]])
  expect(line_of(err, "MainThread")):equals("MainThread waits for its tasks to end: " ..
    "child 1, child 2, child 3, child 4, child 5 and 2 more")
  expect(line_of(err, "child 7")):equals "child 7 waits for the end of stuck"
end)

test("the report names the cases of a select, and the holder of a lock among them", function()
  local _, err, status = script [[
    local braid, sync = require "braid", require "braid.sync"
    local lock = sync.Lock()
    lock:acquire()
    task.spawn(function()
      braid.select { { braid.queue.Queue(), "get" }, { lock, "acquire" } }
    end).name = "chooser"
    braid.select { { sync.Event(), "wait" } }
  ]]
  expect(line_of(err, "MainThread")):equals "MainThread waits for an Event"
  expect(line_of(err, "chooser"))
    :equals "chooser waits for a message in a Queue or a Lock held by MainThread"
  expect(status):equals(1)
end)

test("the report says that a loop waits to be stopped", function()
  local _, err, status = script "task.get_event_loop():run_forever()"
  expect(line_of(err, "MainThread")):equals "MainThread waits for the loop to be stopped"
  expect(status):equals(1)
end)

test("when memory is out there is no report of a deadlock", function()
  if (os.getenv "BRAID_SANITIZE" or "") ~= "" then return expect(true):is_true() end
  local path = os.tmpname()
  support.write_file(path, [[
    local task = require "braid.task"
    for i = 1, 300000 do task.spawn(task.sleep, 0.01) end]])
  local _, err, status = support.run(
    ("ulimit -v 60000; %s %s"):format(support.quote(support.braid), path), { limit = 30 })
  os.remove(path)
  expect(err):matches "not enough memory"
  expect(err:lower()):lacks "deadlock"
  expect(status):equals(1)
end)

-- Units "one" and "two" that take two locks in opposite order; the second one's wait raises.
local LOCKS = [[
  local sync, thread = require "braid.sync", require "braid.thread"
  local a, b, go, first, second =
    sync.Lock(), sync.Lock(), sync.Event(), sync.Event(), sync.Event()
  local one = UNIT.spawn(function()
    go:wait()
    local _ <close> = a:guard()
    first:set()
    second:wait()
    b:acquire()
  end)
  local two = UNIT.spawn(function()
    first:wait()
    local _ <close> = b:guard()
    second:set()
    a:acquire()
  end)
]]

for _, unit in ipairs { "task", "thread" } do
  local locks = LOCKS:gsub("UNIT", unit)

  test("an error of that kind that nobody takes from a " .. unit .. " gives status 1", function()
    local out, err, status = script(locks .. "go:set() one:join() two:join() print 'main goes on'")
    expect(err):matches("^braid: uncaught error in " .. unit .. " '[^']+': deadlock: ")
    expect(out):equals "main goes on\n"
    expect(status):equals(1)
  end)

  test("one that somebody takes from a " .. unit .. " does not", function()
    local out, err, status = script(locks .. [[
      local function take(unit)
        local err = unit:exception()
        if err then print(err.kind) end
      end
      task.gather({ take, one }, { take, two }, function() go:set() end)]])
    expect(out):equals "deadlock\n"
    expect(err):equals ""
    expect(status):equals(0)
  end)
end

test("the report names the holder of what the last one waits for, too", function()
  local _, err, status = support.script [[
    local sync, thread, queue = require "braid.sync", require "braid.thread", require "braid.queue"
    local lock, ready = sync.Lock(), sync.Event()
    thread.spawn(function() lock:acquire() ready:set() queue.Queue():get() end)
    ready:wait()
    require "braid.task".sleep(0.02)
    lock:acquire()]]
  expect(err):matches "MainThread waits for a Lock held by Thread%-1"
  expect(status):equals(1)
end)
