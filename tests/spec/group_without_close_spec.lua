-- A group that is no <close> variable has no end: when its child fails, the unit that made it is
-- cancelled, and what it ends with is the error of the child, not an unexplained "cancelled".

local task = require "braid.task"
local support = require "support"

local function script(source)
  return support.script("local task = require 'braid.task'\n" ..
    "local function child() error 'child broke' end\n" .. source)
end

test("the main chunk ends with the child's error and the tracebacks of both", function()
  local out, err, status = script [[
    local g = task.group()
    g:spawn(function() local _ = child() end)
    print(pcall(task.sleep, 60))
    print "not reached"]]
  expect(out):equals ""
  expect(err):matches "^[^\n]*:2: child broke\nstack traceback:.*in main chunk.*came from.*'child'"
  expect(select(2, err:gsub("child broke", ""))):equals(1)
  expect(status):equals(1)
end)

test("an error that is no string is told by its text", function()
  for value, text in pairs {
    ["setmetatable({}, {__tostring = function() return 'the text' end})"] = "^[^\n]*: the text\n",
    ["{}"] = "^[^\n]*: table: ", ["nil"] = "^[^\n]*: nil\n",
    ["setmetatable({}, {__tostring = error})"] = "^[^\n]*: %(error object is a table value%)\n",
  } do
    local _, err, status = script("local g = task.group() g:spawn(function() error(" .. value ..
      ") end) task.sleep(60)")
    expect(err):matches(text)
    expect(status):equals(1)
  end
end)

test("a task ends with the child's error", function()
  local value = {}
  local child
  local t = task.spawn(function()
    local g = task.group()
    child = g:spawn(error, value)
    pcall(task.sleep, 60)
  end)
  expect(t:exception()):equals(value)
  expect(t:cancelled()):is_false()
  expect(child:exception()):equals(value)
  expect(t:traceback()):matches "sleep.*came from.*'error'"
end)

test("the cancellation itself says who failed, and how", function()
  local seen
  local t = task.spawn(function()
    local _ <close> = setmetatable({}, { __close = function(_, err) seen = err end })
    local g = task.group()
    g:spawn(error, "broke").name = "worker"
    task.sleep(60)
  end)
  t:join()
  expect(seen.kind):equals "cancelled"
  expect(tostring(seen)):equals "cancelled: task 'worker' of its group failed: broke"
  expect(t:exception()):equals "broke"
end)

test("one error of Braid is named by its message", function()
  local seen
  local t = task.spawn(function()
    local _ <close> = setmetatable({}, { __close = function(_, err) seen = err end })
    local g = task.group()
    g:spawn(task.timeout, 0, task.sleep, 60)
    task.sleep(60)
  end)
  expect(t:exception().kind):equals "timeout"
  expect(tostring(seen)):matches "failed: timeout$"
end)

test("at the prompt and between chunks such a group cancels nothing later", function()
  local out = support.run(support.quote(support.braid) .. " -i", { stdin = [[
g = braid.task.group() g:spawn(error, "broke") braid.task.sleep(60)
braid.task.sleep(0.001) print "went on"
]] })
  expect(out):matches "went on"
  local _, err, status = support.run(support.quote(support.braid) .. [[ -e '
    task = require "braid.task" g = task.group() g:spawn(error, "broke")' -e 'task.sleep(0.01)']])
  expect(err):matches "uncaught error in task 'Task%-1': broke"
  expect(status):equals(0)
end)
