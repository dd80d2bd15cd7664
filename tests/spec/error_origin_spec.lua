-- An error that crosses units keeps the tracebacks of all that it passed, the first one included.

local task = require "braid.task"
local support = require "support"

-- What the program says of `source`, which is to fail in a function called `work`.
local function failing(source)
  local _, err, status = support.script(
    "local task = require 'braid.task'\nlocal function work() error 'broke' end\n" .. source)
  expect(status):equals(1)
  return err
end

local function count(text, pattern) return select(2, text:gsub(pattern, "")) end

local function shows_work(err)
  expect(err):matches "^[^\n]*broke\nstack traceback:"
  expect(err):matches "and in the task that it came from, stack traceback:"
  expect(err):matches "in [^\n]*'work'"
end

for _, call in ipairs {
  "task.run(work)", "task.gather(work)", "task.wait_for(work, 60)", "task.shield(work)",
  "task.spawn(work):result()", "task.get_event_loop():run_until_complete(work)",
  "do local g <close> = task.group() g:spawn(work) end",
  "do local g <close> = task.group() g:spawn(work) task.sleep(60) end",
  "coroutine.wrap(function() task.run(work) end)()",
  "local ok, e = pcall(task.run, work) error(e, 0)",
  "local ok, e = pcall(task.run, work) error(e)",
} do
  test(call .. " shows where the error came from", function()
    local err = failing(call:gsub("work", "function() local r = work() return r end"))
    shows_work(err)
    expect(count(err, "and in the task that it came from")):equals(1)
  end)
end

test("every task on the way is shown, the first one last", function()
  local err = failing [[
    task.run(function()
      local _ = task.run(function()
        local _ = task.run(function() local _ = work() end)
      end)
    end)]]
  shows_work(err)
  expect(count(err, "and in the task that it came from")):equals(3)
  expect(err:match ".*it came from(.*)"):matches "'work'"
end)

test("a report of an error that nobody takes has them, too", function()
  local _, err, status = support.script [[
    local task = require "braid.task"
    local function work() error "broke" end
    task.spawn(function() task.run(function() local _ = work() end) end)]]
  expect(err):matches "uncaught error in task 'Task%-1': .*in the task that it came from, .*'work'"
  expect(status):equals(0)
end)

test("several errors of a group show several tracebacks", function()
  local err = failing [[
    local function cleanup() error "cleanup" end
    local g <close> = task.group()
    g:spawn(function()
      local _ <close> = setmetatable({}, { __close = function() local _ = cleanup() end })
      task.sleep(60)
    end)
    g:spawn(function() local _ = work() end)]]
  expect(err):matches "2 errors in a group"
  expect(err):matches "'work'"
  expect(err):matches "and in another one, .*'cleanup'"
end)

test("an error that was made here has one traceback", function()
  local err = failing "pcall(task.run, work) work()"
  expect(err):matches "'work'"
  err = failing "pcall(task.run, error, 'other') work()"
  expect(count(err, "came from")):equals(0)
end)

test("traceback() of a task has what its error passed", function()
  local function work() error("broke", 0) end
  local inner
  local t = task.spawn(function()
    inner = task.spawn(function() local _ = work() end)
    inner:result()
  end)
  expect(t:exception()):equals "broke"
  expect(inner:traceback()):lacks "came from"
  expect(t:traceback()):matches "came from, .*'work'"
end)

test("an error that was caught does not cling to later ones with the same text", function()
  for _ = 1, 100 do
    local t = task.spawn(error, "same", 0)
    expect(pcall(t.result, t)):is_false()
    expect(t:traceback()):lacks "came from"
  end
end)

test("of many tasks on the way the last ones and the first are shown", function()
  local function work() error("broke", 0) end
  local function nest(n)
    local r
    if n == 0 then r = work() else r = task.run(nest, n - 1) end
    return r
  end
  local t = task.spawn(nest, 150)
  expect(t:exception()):equals "broke"
  expect(t:traceback()):matches "came from.*skipping.*'work'"
  expect(#t:traceback()):at_most(30000)
end)
