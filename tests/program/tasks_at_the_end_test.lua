-- The main chunk is over and tasks are left: they go on, and the status is that of the main chunk.

local support = require "support"

test("the program waits for its tasks", function()
  local out, err, status = support.script [[
    local task = require "braid.task"
    for i = 1, 3 do task.spawn(function() task.sleep(i / 100) print("task", i) end) end
    print "main ends"]]
  expect(out):equals "main ends\ntask\t1\ntask\t2\ntask\t3\n"
  expect(err):equals ""
  expect(status):equals(0)
end)

test("a task spawned while the last one ends is waited for as well", function()
  local out = support.script [[
    local task = require "braid.task"
    local function chain(n)
      print(n)
      if n > 0 then task.spawn(chain, n - 1) end
    end
    task.spawn(chain, 3)]]
  expect(out):equals "3\n2\n1\n0\n"
end)

test("an error in the main chunk: the tasks still end, and the status is 1", function()
  local out, err, status = support.script [[
    local task = require "braid.task"
    task.spawn(function() task.sleep(0.01) print "the task ended" end)
    error "main failed"]]
  expect(out):equals "the task ended\n"
  expect(err):matches "main failed\nstack traceback:"
  expect(status):equals(1)
end)

test("an error in a task is reported and does not change the status", function()
  local _, err, status = support.script [[
    local task = require "braid.task"
    task.spawn(function() error "task failed" end)]]
  expect(err):matches "task failed"
  expect(status):equals(0)
end)

test("an error in -e keeps the script from running, not the tasks from ending", function()
  local out, _, status = support.run(support.quote(support.braid) .. [[ -e '
    local task = require "braid.task"
    task.spawn(function() print "the task ended" end)
    error "early"' /dev/null]])
  expect(out):equals "the task ended\n"
  expect(status):equals(1)
end)

test("tasks that wait for each other are a deadlock: a report and status 1", function()
  local out, err, status = support.script [[
    local task = require "braid.task"
    local a, b
    a = task.spawn(function() b:join() end)
    b = task.spawn(function() a:join() end)
    print "main ends"]]
  expect(out):equals "main ends\n"
  expect(err):matches "deadlock"
  expect(status):equals(1)
end)

test("a main chunk that nothing can wake is a deadlock", function()
  local _, err, status = support.script [[
    local task = require "braid.task"
    local a, b
    a = task.spawn(function() b:join() end)
    b = task.spawn(function() a:join() end)
    a:join()]]
  expect(err):matches "deadlock"
  expect(status):equals(1)
end)

test("finalizers run when the tasks have ended", function()
  local out = support.script [[
    local task = require "braid.task"
    KEPT = setmetatable({}, { __gc = function() print "closed" end })
    task.spawn(function() task.sleep(0.01) print "the task ended" end)]]
  expect(out):equals "the task ended\nclosed\n"
end)
