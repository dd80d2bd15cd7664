-- What comes back from a thread: results, errors, tracebacks.

local thread = require "braid.thread"
local task = require "braid.task"
local support = require "support"
local sync = require "braid.sync"

-- A thread that ended with that error; exception() takes it, so that nobody reports it.
local function failed(fn, ...)
  local go = sync.Event()
  local t = thread.spawn(function(...) go:wait() return fn(...) end, ...)
  local waiter = task.spawn(function() return t:exception() end)
  task.sleep(0)
  go:set()
  waiter:join()
  return t
end

test("all results come back, nil included", function()
  local t = thread.spawn(function() return 1, nil, "x", nil end)
  expect(table.pack(t:result())):same { 1, nil, "x", nil, n = 4 }
  expect(table.pack(t:result())):same { 1, nil, "x", nil, n = 4 }
  expect(t:exception()):is_nil()
  expect(t:traceback()):is_nil()
end)

test("result and exception raise timeout, join does not", function()
  local go = sync.Event()
  local t = thread.spawn(function() go:wait() return 1 end)
  expect_error(function() t:result(0) end, "timeout")
  expect_error(function() t:result(0.01) end, "timeout")
  expect_error(function() t:exception(0) end, "timeout")
  expect(t:done()):is_false()
  go:set()
  expect(t:result(10)):equals(1)
  expect(t:done()):is_true()
  expect(t:cancelled()):is_false()
end)

test("many wait for one result, from tasks and from threads", function()
  local go = sync.Event()
  local t = thread.spawn(function() go:wait() return { 1, 2 } end)
  local waiting = {}
  for i = 1, 10 do
    waiting[i] = (i % 2 == 0 and task or thread).spawn(function() return t:result()[2] end)
  end
  go:set()
  for i = 1, 10 do expect(waiting[i]:result()):equals(2) end
end)

test("an error of any value comes back as it was", function()
  expect(failed(function() error("text", 0) end):exception()):equals "text"
  expect(failed(function() error { code = 5, inner = { 1 } } end):exception())
    :same { code = 5, inner = { 1 } }
  expect(failed(function() error(42) end):exception()):equals(42)
  expect(failed(function() error(false) end):exception()):is_false()
  expect(failed(function() error() end):exception()):is_nil()
  expect(failed(function() error "where" end):exception()):matches "thread_result_spec.lua:%d+: where"
  local t = failed(function() error { code = 5 } end)
  local ok, err = pcall(t.result, t)
  expect(ok):is_false()
  expect(err.code):equals(5)
  t = failed(function() error() end)
  expect(table.pack(pcall(t.result, t))):same { false, nil, n = 2 }
end)

test("an error of Braid's own stays one", function()
  local err = failed(function()
    require("braid.task").timeout(0.001, function() require("braid.task").sleep(60) end)
  end):exception()
  expect(err.kind):equals "timeout"
  expect(tostring(err)):equals "timeout"
  expect(err.traceback):matches "stack traceback"
end)

test("an error with a metatable keeps it", function()
  local Error = { __tostring = function(self) return "E:" .. self.text end }
  local err = failed(function() error(setmetatable({ text = "x" }, Error)) end):exception()
  expect(tostring(err)):equals "E:x"
end)

test("an error that cannot travel is a remote one with its text", function()
  local err = failed(function() error(setmetatable({ co = coroutine.create(print) },
    { __tostring = function() return "the text" end })) end):exception()
  expect(err.kind):equals "remote"
  expect(err.message):equals "the text"
  err = failed(function() error(coroutine.create(print)) end):exception()
  expect(err.kind):equals "remote"
  expect(err.message):matches "^thread: "
  err = failed(function() error(setmetatable({ print, io.stdout },
    { __tostring = function() error "in tostring" end })) end):exception()
  expect(err.kind):equals "remote"
  expect(err.message):equals "(error object is a table value)"
end)

test("a result that cannot travel is an error of the thread", function()
  local err = failed(function() return 1, { log = io.stdout } end):exception()
  expect(err):equals "cannot send a file (result 2, field \"log\")"
end)

test("traceback has that of the origin, whatever the value was", function()
  local t = failed(function()
    local function inner() error { code = 1 } end
    inner()
  end)
  expect(t:traceback()):matches "stack traceback:.*thread_result_spec.lua:%d+: in [^\n]*inner"
  expect(failed(function() error() end):traceback()):matches "stack traceback"
end)

test("an error of a message that cannot be decoded is the thread's", function()
  local path, before = os.tmpname(), package.path
  support.write_file(path .. ".lua", "error 'only here'")
  local name = path:match "[^/]*$"
  package.path = path:match "^(.*/)" .. "?.lua"
  local module = { f = function() end }
  package.loaded[name] = module
  local t = failed(function() return module end)
  local err = t:exception()
  package.path, package.loaded[name] = before, nil
  os.remove(path .. ".lua")
  os.remove(path)
  expect(tostring(err)):matches "only here"
end)

test("exception of a cancelled thread raises", function()
  local t = thread.spawn(function() require("braid.task").sleep(60) end)
  t:cancel()
  expect_error(function() t:exception() end, "cancelled")
  expect_error(function() t:result() end, "cancelled")
  expect(t:cancelled()):is_true()
end)

test("results are copies, made for each who asks", function()
  local t = thread.spawn(function() local x = {} return x, x, { x } end)
  local a, b, c = t:result()
  expect(rawequal(a, b) and rawequal(c[1], a)):is_true()
  expect(rawequal(a, (t:result()))):is_false()
end)

test("functions come back with what they share", function()
  local t = thread.spawn(function()
    local n = 0
    return function() n = n + 1 return n end, function() return n end
  end)
  local inc, get = t:result()
  inc()
  expect(inc()):equals(2)
  expect(get()):equals(2)
end)

test("the main thread has no result while it runs", function()
  local main = thread.main_thread()
  expect(main:done()):is_false()
  local kind = thread.spawn(function() return select(2, pcall(main.result, main, 0)).kind end)
  expect(kind:result()):equals "timeout"
end)

-- Tracebacks on both sides -------------------------------------------------------------------


-- What the program says of a script that fails in main.
local function failing(source)
  local _, err, status = support.script([[
    local thread, task, sync = require "braid.thread", require "braid.task", require "braid.sync"
    local function work() error "broke" end
  ]] .. source)
  expect(status):equals(1)
  return err
end

local function count(text, pattern) return select(2, text:gsub(pattern, "")) end

test("an error that leaves main shows where it was raised and where it was taken", function()
  local err = failing [[
    local go = sync.Event()
    local t = thread.spawn(function() go:wait() local _ = work() end)
    task.spawn(function() go:set() end)
    local function take() local r = t:result() return r end
    take()]]
  expect(err):matches "^[^\n]*broke\nstack traceback:"
  expect(err):matches "in [^\n]*'take'.*and in the thread that it came from, stack traceback:"
  expect(err:match ".*that it came from(.*)"):matches "in [^\n]*'work'"
  expect(count(err, "that it came from")):equals(1)
end)

test("through several threads and tasks, each is shown", function()
  local err = failing [[
    local go = sync.Event()
    local outer = thread.spawn(function()
      local inner = thread.spawn(function()
        go:wait()
        task.run(function() local _ = work() end)
      end)
      local r = inner:result()
      return r
    end)
    task.spawn(function() go:set() end)
    local r = outer:result()]]
  err = err:match ".*(broke\n.*)"  -- who fails before anybody waits for it is reported, too
  expect(count(err, "and in the thread that it came from")):equals(2)
  expect(count(err, "and in the task that it came from")):equals(1)
  expect(err:match ".*that it came from(.*)"):matches "'work'"
end)

test("traceback() of a thread has what its error passed", function()
  local go = sync.Event()
  local t = thread.spawn(function()
    local inner = require("braid.task").spawn(function()
      go:wait()
      local function work() error("broke", 0) end
      local _ = work()
    end)
    inner:result()
  end)
  local taker = task.spawn(function() return t:exception() end)
  task.sleep(0)
  go:set()
  expect(taker:result()):equals "broke"
  expect(t:traceback()):matches "came from, .*work"
end)

test("a group that nobody closed, whose task failed, ends its thread with that failure", function()
  local _, err, status = support.script [[
    local thread = require "braid.thread"
    thread.spawn(function()
      local task = require "braid.task"
      local g = task.group()
      g:spawn(function() error("in the group", 0) end)
      task.sleep(60)
    end):join()]]
  expect(err):matches "uncaught error in thread 'Thread%-1': in the group\n"
  expect(count(err, "in the group\n")):equals(1)
  expect(status):equals(0)
end)
