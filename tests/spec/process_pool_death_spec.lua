-- Workers that die: what they were running fails, all else is done, once.

local pool = require "braid.pool"
local process = require "braid.process"
local shared = require "braid.shared"
local sync = require "braid.sync"
local task = require "braid.task"

local function die() process.kill(process.getpid(), "KILL") end

test("a worker that is killed fails the call it was running, and is replaced", function()
  local ex <close> = pool.ProcessPoolExecutor(1)
  local f, g = ex:submit(die), ex:submit(process.getpid)
  local err = expect_error(function() f:result() end, "worker_died")
  expect(err.exitcode):equals(-9)
  expect(err.message):matches "killed by signal 9 while it ran call 1$"
  expect(f:exception().kind):equals "worker_died"
  expect(math.type(g:result())):equals "integer"
end)

test("so does one that ends its own process", function()
  local ex <close> = pool.ProcessPoolExecutor(2)
  for code = 0, 3 do
    local f = ex:submit(os.exit, code)
    local err = expect_error(function() f:result() end, "worker_died")
    expect(err.exitcode):equals(code)
  end
  expect(ex:submit(math.sqrt, 4):result()):equals(2.0)
end)

test("of the calls of one worker each fails that was running there", function()
  local ex <close> = pool.ProcessPoolExecutor { max_workers = 1, tasks_per_worker = 4 }
  local meet = sync.Barrier(4)
  local list = {}
  for i = 1, 4 do
    list[i] = ex:submit(function()
      meet:wait()
      if i == 4 then die() end
      task.sleep(1000)
    end)
  end
  for i = 1, 4 do expect_error(function() list[i]:result() end, "worker_died") end
  expect(ex:submit(math.sqrt, 4):result()):equals(2.0)
end)

test("workers killed as fast as they come up: every call ends, none runs twice", function()
  local begun, ended = shared.Array("i32", 300), shared.Value("i32", 0)
  local ok, died = 0, 0
  do
    local ex <close> = pool.ProcessPoolExecutor(2)
    local killer = task.spawn(function()
      for _ = 1, 100 do
        for _, child in ipairs(process.active_children()) do child:kill() end
        task.sleep(0.003)
      end
    end)
    local list = {}
    for i = 1, 300 do
      list[i] = ex:submit(function()
        begun[i] = begun[i] + 1
        task.sleep(0.0005)
        ended:add(1)
        return i
      end)
    end
    for i = 1, 300 do
      local fine, value = pcall(list[i].result, list[i])
      if fine then
        ok = ok + 1
        if value ~= i then error "another one's result" end
      elseif value.kind == "worker_died" then
        died = died + 1
      else
        error(value)
      end
    end
    killer:join()
  end
  expect(ok + died):equals(300)
  expect(ended.value):at_least(ok)
  for i = 1, 300 do
    if begun[i] > 1 then error("begun twice: " .. i) end
  end
end)

test("of a chunk only the call fails that was running; the rest runs elsewhere, once", function()
  local ran = shared.Array("i32", 200)
  local ex <close> = pool.ProcessPoolExecutor(2)
  for _, size in ipairs { 1, 50 } do
    for i = 1, 200 do ran[i] = 0 end
    local i = 0
    local iterate = ex:map(function(x)
      ran[x] = ran[x] + 1
      if x == 60 or x == 61 then die() end
      return x
    end, function()
      i = i + 1
      if i <= 200 then return i end
    end, { chunksize = size })
    local got, errors = 0, {}
    while true do
      local ok, index = pcall(iterate)
      if not ok then
        errors[#errors + 1] = index.kind
      elseif index == nil then
        break
      else
        got = got + 1
      end
    end
    expect(errors):same { "worker_died", "worker_died" }
    expect(got):equals(198)
    for x = 1, 200 do
      if ran[x] ~= 1 then error(("call %d ran %d times"):format(x, ran[x])) end
    end
  end
end)

test("a worker that is killed with a lock hands it on", function()
  local ex <close> = pool.ProcessPoolExecutor(1)
  local lock = sync.Lock()
  local f = ex:submit(function()
    lock:acquire()
    die()
  end)
  expect_error(function() f:result() end, "worker_died")
  expect(table.pack(lock:acquire(5))):same { true, "owner_died", n = 2 }
end)

test("workers that cannot begin break the pool", function()
  local ex <close> = pool.ProcessPoolExecutor { max_workers = 1, initializer = die }
  local f = ex:submit(math.sqrt, 4)
  expect_error(function() f:result() end, "broken_pool")
end)

test("a process that owns a pool may be killed", function()
  for _, kind in ipairs{"ThreadPoolExecutor", "ProcessPoolExecutor"} do
    local ready = sync.Event()
    local owner = process.spawn(function()
      local ex <close> = pool[kind](1)
      ex:submit(math.sqrt, 4):result()
      ready:set()
      task.sleep(60)
    end)
    ready:wait()
    owner:kill()
    expect(owner:join(10)):is_true()
    expect(owner.exitcode):equals(-9)
    expect(process.spawn(function() return 5 end):result(10)):equals(5)
  end
end)

test("a worker that closes its state has died, too", function()
  local ex <close> = pool.ProcessPoolExecutor(1)
  local f = ex:submit(function() os.exit(5, true) end)
  local err = expect_error(function() f:result() end, "worker_died")
  expect(err.exitcode):equals(5)
end)

test("an initializer that ends its process breaks the pool", function()
  local runs = shared.Value("i32", 0)
  local ex <close> = pool.ProcessPoolExecutor{max_workers = 1, initializer = function()
    runs:add(1)
    os.exit(3)
  end}
  local f = ex:submit(math.sqrt, 4)
  expect_error(function() f:result() end, "broken_pool")
  expect(runs.value <= 4):is_true()
end)

test("a time that is up is up for a worker that waits for its own pool, too", function()
  local ex <close> = pool.ThreadPoolExecutor(1)
  local ok, err = ex:submit(function()
    local g = ex:submit(task.sleep, 0.2)
    return pcall(g.result, g, 0.01)
  end):result()
  expect(ok):is_false()
  expect(err.kind):equals "timeout"
end)
