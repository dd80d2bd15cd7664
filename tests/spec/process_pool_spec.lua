-- Pools of processes.

local pool = require "braid.pool"
local process = require "braid.process"
local support = require "support"

require "pool_cases"(pool.ProcessPoolExecutor)
require "pool_map_cases"(pool.ProcessPoolExecutor)

test("calls run in processes of their own, which end with the pool", function()
  do
    local ex <close> = pool.ProcessPoolExecutor(2)
    local function ids() return process.getpid(), process.getppid() end
    local pid, parent = ex:submit(ids):result()
    expect(pid ~= process.getpid()):is_true()
    expect(parent):equals(process.getpid())
    expect(#process.active_children()):at_least(1)
  end
  expect(#process.active_children()):equals(0)
end)

test("a call may start processes, and has a pool of its own", function()
  local ex <close> = pool.ProcessPoolExecutor(1)
  expect(ex:submit(function() return process.spawn(math.sqrt, 4):result() end):result()):equals(2.0)
  expect(ex:submit(function()
    local inner <close> = pool.ProcessPoolExecutor(2)
    local sum = 0
    for _, r in inner:map(math.sqrt, { 4, 9 }) do sum = sum + r end
    return sum
  end):result()):equals(5.0)
end)

test("the program ends when what was submitted has, whoever still has the executor", function()
  local out, err, status = support.script [[
    local pool, task = require "braid.pool", require "braid.task"
    ex = pool.ProcessPoolExecutor(2)
    for i = 1, 20 do ex:submit(function() task.sleep(0.001) print("ran") end) end
    ex:submit(function() ex:submit(print, "ran") end)
  ]]
  expect(select(2, out:gsub("ran", ""))):equals(21)
  expect(err):equals ""
  expect(status):equals(0)
end)

test("other processes use the executor, too", function()
  local ex <close> = pool.ProcessPoolExecutor(1)
  local p = process.spawn(function()
    return ex:submit(process.getppid):result(), process.getpid()
  end)
  local worker_parent, pid = p:result()
  expect(worker_parent):equals(process.getpid())
  expect(pid ~= worker_parent):is_true()
end)

test("a daemon process may have a pool of threads, but none of processes", function()
  local p = process.Process { daemon = true, target = function()
    local ok, err = pcall(pool.ProcessPoolExecutor, 1)
    local ex <close> = pool.ThreadPoolExecutor(1)
    return ok, err.kind, ex:submit(math.sqrt, 4):result()
  end }
  p:start()
  expect(table.pack(p:result())):same { false, "invalid_state", 2.0, n = 3 }
end)
