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
