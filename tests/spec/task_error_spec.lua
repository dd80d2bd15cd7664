-- Errors of tasks: who takes them, what is reported when nobody does, what they carry.

local task = require "braid.task"
local support = require "support"

local function count(text, pattern)
  return select(2, text:gsub(pattern, ""))
end

local function script(source)
  return support.script("local task = require 'braid.task'\n" .. source)
end

test("an error that nobody takes is reported once, with name and traceback; status is 0", function()
  local out, err, status, path = script [[
    local function culprit() error "boom" end
    local t = task.spawn(function() culprit() end)
    print(t.name)
    task.sleep(0.005)
    print "main goes on"
  ]]
  local name, rest = out:match "^([^\n]*)\n(.*)$"
  expect(rest):equals "main goes on\n"
  expect(count(err, "boom")):equals(1)
  expect(err:find(name, 1, true) ~= nil):is_true()
  expect(err:find(path .. ":2:", 1, true) ~= nil):is_true()
  expect(err):matches "stack traceback"
  expect(err):matches "culprit"
  expect(status):equals(0)
end)

test("the report comes when the task is collected", function()
  local _, err, status = script [[
    task.spawn(function() error "boom" end)
    task.sleep(0.005)
    collectgarbage()
    collectgarbage()
    task.sleep(0)
    io.stderr:write "MARK\n"
  ]]
  expect(count(err, "boom")):equals(1)
  expect(err:find "boom" < err:find "MARK"):is_true()
  expect(status):equals(0)
end)

test("while somebody can still take it there is no report", function()
  local _, err, status = script [[
    local t = task.spawn(function() error "boom" end)
    task.sleep(0.005)
    collectgarbage()
    collectgarbage()
    io.stderr:write "MARK\n"
    assert(t:exception())
  ]]
  expect(err):equals "MARK\n"
  expect(status):equals(0)
end)

test("result, exception, gather, wait_for and run take the error", function()
  local _, err, status = script [[
    local function bad() error "boom" end
    local t = task.spawn(bad)
    pcall(t.result, t)
    assert(task.spawn(bad):exception())
    pcall(task.gather, bad, task.spawn(bad))
    task.gather(bad, bad, { return_exceptions = true })
    pcall(task.wait_for, bad, 1)
    pcall(task.run, bad)
    pcall(function() local g <close> = task.group() g:spawn(bad) end)
  ]]
  expect(err):equals ""
  expect(status):equals(0)
end)

test("join, joinall and wait do not take the error", function()
  local _, err = script [[
    task.spawn(function() error "one" end):join()
    task.joinall { task.spawn(function() error "two" end) }
    task.wait { task.spawn(function() error "three" end) }
  ]]
  expect(count(err, "one\n")):equals(1)
  expect(count(err, "two\n")):equals(1)
  expect(count(err, "three\n")):equals(1)
end)

test("a cancelled task is no error to report", function()
  local _, err, status = script [[
    local t = task.spawn(task.sleep, 60)
    task.sleep(0)
    t:cancel()
    task.spawn(function() end):cancel()
  ]]
  expect(err):equals ""
  expect(status):equals(0)
end)

test("an error value that is no string is reported readably", function()
  local _, err = script [[
    task.spawn(error, setmetatable({}, { __tostring = function() return "own text" end }))
    task.spawn(error)
    task.spawn(error, {})
  ]]
  expect(count(err, "own text")):equals(1)
  expect(err):matches "nil"
  expect(err):matches "table"
end)

test("an error value whose __tostring fails, or waits, is reported all the same", function()
  local _, err, status = script [[
    task.spawn(error, setmetatable({}, { __tostring = function() error "nested" end }))
    task.spawn(error, setmetatable({}, { __tostring = function() task.sleep(0.001) end }))
  ]]
  expect(count(err, "uncaught error in task")):equals(2)
  expect(status):equals(0)
end)

test("an error in the main chunk gives status 1, after the others have ended", function()
  local out, err, status = script [[
    task.spawn(function()
      task.sleep(0.01)
      print "task ends"
    end)
    task.sleep(0)
    error "main fails"
  ]]
  expect(out):equals "task ends\n"
  expect(err):matches "main fails"
  expect(err):matches "stack traceback"
  expect(status):equals(1)
end)

test("the program ends when its tasks have", function()
  local out, _, status = script [[
    for i = 1, 3 do
      task.spawn(function() task.sleep(i / 200) print(i) end)
    end
    print "main ends"
  ]]
  expect(out):equals "main ends\n1\n2\n3\n"
  expect(status):equals(0)
end)

test("os.exit ends the program with its status, whatever waits", function()
  for _, call in ipairs { "os.exit(7)", "os.exit(7, true)" } do
    local out, err, status = script([[
      task.spawn(task.sleep, 60)
      task.spawn(function()
        task.sleep(0)
        ]] .. call .. [[

        print "not reached"
      end)
      task.sleep(60)
    ]])
    expect(out):equals ""
    expect(err):equals ""
    expect(status):equals(7)
  end
end)

test("traceback tells where it came from, whatever the value was", function()
  local value = {}
  local function origin() error(value) end
  local t = task.spawn(function()
    task.sleep(0.001)
    local result = origin()
    return result
  end)
  expect(t:exception()):equals(value)
  expect(t:traceback()):matches "stack traceback"
  expect(t:traceback()):matches "origin"
  expect(t:traceback()):matches "task_error_spec.lua:%d+"
end)

test("a task that did not fail has no traceback", function()
  local t = task.spawn(function() end)
  t:join()
  expect(t:traceback()):is_nil()
end)

test("errors of Braid are tables with kind, message, traceback and a text", function()
  local err = expect_error(function() task.timeout(0.001, task.sleep, 60) end, "timeout")
  expect(type(err)):equals "table"
  expect(type(err.message)):equals "string"
  expect(type(err.traceback)):equals "string"
  expect(tostring(err):find(err.message, 1, true) ~= nil):is_true()
end)

test("a stack overflow inside a task is the task's error", function()
  local function deep() return 1 + deep() end
  local t = task.spawn(deep)
  expect(tostring(t:exception())):matches "stack overflow"
  expect(task.run(function() return "goes on" end)):equals "goes on"
end)

test("a C stack overflow inside a task is the task's error", function()
  local function nest() return (string.gsub("x", ".", nest)) end
  local t = task.spawn(nest)
  expect(tostring(t:exception())):matches "overflow"
  expect(task.run(function() return "goes on" end)):equals "goes on"
end)

test("errors that nobody took are reported in the order in which they were raised", function()
  for _, ending in ipairs { "", "os.exit(0)", "os.exit(0, true)" } do
    local _, err = script([[
      KEPT = {}
      for i = 1, 20 do KEPT[i] = task.spawn(function() error("number " .. i .. ".", 0) end) end
      local taken = table.remove(KEPT, 7)
      task.yield()
      taken:exception()
    ]] .. ending)
    local order = {}
    for n in err:gmatch "number (%d+)%." do order[#order + 1] = tonumber(n) end
    local expected = {}
    for i = 1, 20 do if i ~= 7 then expected[#expected + 1] = i end end
    expect(order):same(expected)
  end
end)

test("what fails while errors are being reported is reported, too", function()
  local _, err = script [[
    KEPT = { task.spawn(function()
      error(setmetatable({}, { __tostring = function()
        KEPT[2] = task.spawn(function() error("second", 0) end)
        task.yield()
        return "first"
      end }))
    end) }
    task.yield()
    os.exit(0)]]
  expect(err):matches "'Task%-1': first.*'Task%-2': second"
end)

test("an error is concatenated as its text", function()
  local _, err = pcall(function() require("braid.sync").Lock():release() end)
  expect("so: " .. err):equals("so: " .. tostring(err))
  expect(err .. 1):equals(tostring(err) .. "1")
  expect(err .. err):equals(tostring(err):rep(2))
  expect("[" .. err .. "]"):equals("[" .. tostring(err) .. "]")
end)
