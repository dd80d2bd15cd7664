-- Pools of threads.

local pool = require "braid.pool"
local support = require "support"
local sync = require "braid.sync"
local task = require "braid.task"
local thread = require "braid.thread"

require "pool_cases"(pool.ThreadPoolExecutor)

test("threads of a pool have its prefix for a name, and end with it", function()
  local before = thread.active_count()
  do
    local ex <close> = pool.ThreadPoolExecutor { max_workers = 2, thread_name_prefix = "crew" }
    local meet = sync.Barrier(2)
    local function name()
      meet:wait()
      return thread.current_thread().name
    end
    local a, b = ex:submit(name), ex:submit(name)
    local names = { a:result(), b:result() }
    table.sort(names)
    expect(names):same { "crew_0", "crew_1" }
    expect(thread.active_count()):equals(before + 2)
  end
  expect(thread.active_count()):equals(before)
end)

test("no more threads than there is work for", function()
  local before = thread.active_count()
  local ex <close> = pool.ThreadPoolExecutor(1000000)
  expect(thread.active_count()):equals(before)
  for _ = 1, 20 do ex:submit(math.sqrt, 4):result() end
  expect(thread.active_count()):at_most(before + 20)
end)

test("a worker that is cancelled as a thread is replaced", function()
  local ex <close> = pool.ThreadPoolExecutor { max_workers = 1, thread_name_prefix = "victim" }
  local begun = sync.Event()
  local f = ex:submit(function()
    begun:set()
    task.sleep(1000)
  end)
  begun:wait()
  for _, t in ipairs(thread.enumerate()) do
    if t.name:find "^victim" then t:cancel() end
  end
  expect_error(function() f:result() end, "cancelled")
  expect(ex:submit(function() return thread.current_thread().name end):result()):equals "victim_1"
end)

test("to_thread runs in another thread of this process", function()
  local here = thread.get_ident()
  expect(task.to_thread(function() return thread.get_ident() end):result() ~= here):is_true()
  expect_error(function() task.to_thread(function() error("x", 0) end):result() end, "x")
  expect_error(function() task.to_thread(5) end, "bad argument #1 to 'to_thread'")
  expect_error(function() task.run_in_executor({}, print) end, "Executor expected")
end)

test("bad arguments of the constructors", function()
  for _, class in ipairs { "ThreadPoolExecutor", "ProcessPoolExecutor" } do
    local function refused(options, text)
      local err = expect_error(function() pool[class](options) end, "bad argument #1 to '" .. class)
      expect(err):matches(text)
    end
    refused(0, "max_workers: must be positive")
    refused(-1, "max_workers: must be positive")
    refused(1.5, "max_workers: integer expected, got float")
    refused("2", "integer or table expected, got string")
    refused({ workers = 2 }, "unknown option 'workers'")
    refused({ max_tasks_per_child = 0 }, "max_tasks_per_child: must be positive")
    refused({ tasks_per_worker = 0 }, "tasks_per_worker: must be positive")
    refused({ initializer = 5 }, "initializer: function expected, got number")
    refused({ initargs = 5 }, "initargs: table expected, got number")
  end
end)

test("bad arguments of methods", function()
  local ex <close> = pool.ThreadPoolExecutor(1)
  expect_error(function() ex:submit() end, "bad argument #1 to 'submit' %(function expected")
  expect_error(function() ex.submit({}, print) end, "Executor expected, got table")
  expect_error(function() ex:shutdown(5) end, "table expected, got number")
  local f = ex:submit(math.sqrt, 4)
  expect_error(function() f:cancel(5) end, "table expected, got number")
  expect_error(function() f:add_done_callback(5) end, "function expected, got number")
  expect_error(function() f:result(0 / 0) end, "nan")
  expect_error(function() f:result "x" end, "number expected, got string")
  expect_error(function() f.result(ex) end, "Future expected")
end)

-- Programs: what a pool does at the end of one.

local function program(text) return support.script(text) end

test("the program ends when what was submitted has, whoever still has the executor", function()
  local out, err, status = program [[
    local pool, task = require "braid.pool", require "braid.task"
    ex = pool.ThreadPoolExecutor(2)
    for i = 1, 20 do ex:submit(function() task.sleep(0.001) print("ran") end) end
    ex:submit(function() ex:submit(print, "ran") end)
  ]]
  expect(select(2, out:gsub("ran", ""))):equals(21)
  expect(err):equals ""
  expect(status):equals(0)
end)

test("an executor that is collected finishes its work first", function()
  local out, err, status = program [[
    local pool, task = require "braid.pool", require "braid.task"
    local function late() task.sleep(0.01) print "ran" end
    for i = 1, 3 do pool.ThreadPoolExecutor(2):submit(late) end
    collectgarbage() collectgarbage()
  ]]
  expect(select(2, out:gsub("ran", ""))):equals(3)
  expect(err):equals ""
  expect(status):equals(0)
end)

test("an error that nobody takes is reported once, with its traceback", function()
  local _, err, status = program [[
    local pool = require "braid.pool"
    local ex <close> = pool.ThreadPoolExecutor(1)
    local function lonely() error "nobody" end
    ex:submit(lonely)
    local taken = ex:submit(error, "taken")
    pcall(taken.result, taken)
  ]]
  expect(select(2, err:gsub("uncaught error in a future", ""))):equals(1)
  expect(err):matches "nobody\nstack traceback:"
  expect(status):equals(0)
end)

test("a callback that raises is reported and harms nobody", function()
  local out, err = program [[
    local pool = require "braid.pool"
    local ex <close> = pool.ThreadPoolExecutor(1)
    local f = ex:submit(math.sqrt, 4)
    f:add_done_callback(function() error "in callback" end)
    f:add_done_callback(function(done) print(done:result()) end)
  ]]
  expect(out):equals "2.0\n"
  expect(select(2, err:gsub("in callback", ""))):at_least(1)
end)

test("calls that wait for ever are a deadlock, not a program that hangs", function()
  local _, err, status = program [[
    local pool, sync = require "braid.pool", require "braid.sync"
    local ex = pool.ThreadPoolExecutor(1)
    local f = ex:submit(function() sync.Event():wait() end)
    f:result()
  ]]
  expect(err):matches "deadlock"
  expect(status):equals(1)
end)
