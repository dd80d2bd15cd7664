-- What stderr says of threads that fail: each error once, unless somebody takes it.

local support = require "support"

local function script(source)
  return support.script([[
    local thread, task, sync = require "braid.thread", require "braid.task", require "braid.sync"
  ]] .. source)
end

local function count(text, pattern) return select(2, text:gsub(pattern, "")) end

test("an error that nobody takes is reported at once, with name and traceback", function()
  local out, err, status = script [[
    local t = thread.Thread { name = "worker", target = function() error "boom" end }
    t:start()
    t:join()
    io.stderr:write "after the join\n"
    print "main goes on"]]
  expect(err):matches "^braid: uncaught error in thread 'worker': [^\n]*:%d+: boom\nstack traceback:\n"
  expect(err):matches "after the join\n$"
  expect(count(err, "boom")):equals(1)
  expect(out):equals "main goes on\n"
  expect(status):equals(0)
end)

test("what main has printed stands before it", function()
  local path = os.tmpname()
  support.run(("%s -e %s >%s 2>&1"):format(support.quote(support.braid), support.quote [[
    io.write "printed before\n"
    require("braid.thread").spawn(error, "boom"):join()]], path))
  local file <close> = assert(io.open(path))
  expect(file:read "a"):matches "^printed before\nbraid: uncaught error in thread 'Thread%-1': boom"
  os.remove(path)
end)

test("any value is reported as text", function()
  for value, text in pairs {
    ["nil"] = "nil", ["42"] = "42", ["{}"] = "table: 0x%x+",
    ["setmetatable({}, {__tostring = function() return 'said' end})"] = "said",
    ["setmetatable({}, {__tostring = function() error 'x' end})"] =
      "%(error object is a table value%)",
    ["coroutine.create(print)"] = "thread: 0x%x+",
  } do
    local _, err, status = script(("thread.spawn(function() error(%s, 0) end):join()"):format(value))
    expect(err):matches("uncaught error in thread 'Thread%-1': " .. text .. "\n")
    expect(status):equals(0)
  end
end)

test("an error that somebody waits for already is not reported", function()
  local out, err = script [[
    local go = sync.Event()
    local t = thread.spawn(function() go:wait() error("boom", 0) end)
    local taker = task.spawn(function() print(pcall(t.result, t)) end)
    local other = thread.spawn(function() return t:exception() end)
    task.sleep(0.02)
    go:set()
    taker:join()
    print(other:result())]]
  expect(out):equals "false\tboom\nboom\n"
  expect(err):equals ""
end)

test("somebody who only joins does not take it", function()
  local _, err = script [[
    local go = sync.Event()
    local t = thread.spawn(function() go:wait() error("boom", 0) end)
    local joiner = task.spawn(function() t:join() end)
    task.sleep(0.01)
    go:set()
    joiner:join()]]
  expect(count(err, "boom")):equals(1)
end)

test("somebody whose wait for the result is over does not take it", function()
  local _, err = script [[
    local go = sync.Event()
    local t = thread.spawn(function() go:wait() error("boom", 0) end)
    pcall(t.result, t, 0.001)
    go:set()
    t:join()
    pcall(t.result, t)]]
  expect(count(err, "boom")):equals(1)
end)

test("a cancelled thread is not reported", function()
  local _, err, status = script [[
    local t = thread.spawn(function() task.sleep(60) end)
    t:cancel()
    t:join()]]
  expect(err):equals ""
  expect(status):equals(0)
end)

test("an error on the way out of a cancellation is reported", function()
  local _, err = script [[
    local ready = sync.Event()
    local t = thread.spawn(function()
      local _ <close> = setmetatable({}, { __close = function() error("in close", 0) end })
      ready:set()
      task.sleep(60)
    end)
    ready:wait()
    t:cancel()
    t:join()]]
  expect(count(err, "in close\n")):equals(1)
end)

test("an untaken error of a task in a thread is reported when the thread ends", function()
  local _, err, status = script [[
    thread.spawn(function() task.spawn(function() error("in the task", 0) end) end):join()]]
  expect(err):matches "uncaught error in task '[^']+': in the task"
  expect(count(err, "in the task\n")):equals(1)
  expect(status):equals(0)
end)

test("a result that cannot travel is reported like an error", function()
  local _, err = script [[thread.spawn(function() return io.stdout end):join()]]
  expect(err):matches "uncaught error in thread 'Thread%-1': cannot send a file %(result 1%)"
end)

test("an error of a Timer and of a subclass", function()
  local _, err = script [[
    local t = thread.Timer(0, function() error("late", 0) end)
    t:start()
    t:join()
    local Mine = thread.Thread:extend "Mine"
    function Mine:run() error("in run", 0) end
    local m = Mine()
    m:start()
    m:join()]]
  expect(err):matches "'Thread%-1': late"
  expect(err):matches "'Thread%-2': in run"
end)

test("reports of many threads do not run into each other", function()
  local _, err = script [[
    local go, list = sync.Event(), {}
    for i = 1, 20 do
      list[i] = thread.spawn(function() go:wait() error("boom " .. i, 0) end)
    end
    go:set()
    for i = 1, 20 do list[i]:join() end]]
  local heads = 0
  for line in err:gmatch "[^\n]+" do
    if line:find "boom" then
      heads = heads + 1
      expect(line):matches "^braid: uncaught error in thread 'Thread%-%d+': boom %d+$"
    else
      expect(line):matches "^stack traceback:$"
    end
    if line:find "^stack" then break end
  end
  expect(count(err, "uncaught error")):equals(20)
  expect(heads):at_least(1)
end)
