-- What has finished is given back: memory does not grow with the number of tasks, waits or timers.

local task = require "braid.task"
local time = require "braid.time"
local queue = require "braid.queue"
local support = require "support"

-- Resident memory of this process in KiB; 0 under a sanitizer, which keeps what was freed.
local function resident()
  if (os.getenv "BRAID_SANITIZE" or "") ~= "" then return 0 end
  local file <close> = assert(io.open "/proc/self/statm")
  local _, pages = file:read("n", "n")
  return pages * 4
end

-- Runs round() often, once to warm up and then measured; returns what Lua's own count and the
-- resident memory grew by, in KiB.
local function growth(rounds, round)
  for _ = 1, rounds // 4 do round() end
  support.collect()
  local lua_before, resident_before = collectgarbage "count", resident()
  for _ = 1, rounds do round() end
  support.collect()
  return collectgarbage "count" - lua_before, resident() - resident_before
end

test("tasks that were spawned and joined are collected", function()
  local lua, rss = growth(100000, function() task.spawn(function() end):join() end)
  expect(lua):at_most(200)
  expect(rss):at_most(8192)
end)

test("tasks that nobody kept are collected", function()
  local lua, rss = growth(100, function()
    for _ = 1, 1000 do task.spawn(function() return {} end) end
    task.yield()
  end)
  expect(lua):at_most(1500)
  expect(rss):at_most(8192)
end)

test("timers that were cancelled leave nothing", function()
  local lua, rss = growth(100000, function() time.after(3600, function() end):cancel() end)
  expect(lua):at_most(200)
  expect(rss):at_most(8192)
end)

test("deadlines that were not reached leave nothing", function()
  local lua, rss = growth(50000, function() task.timeout(3600, task.yield) end)
  expect(lua):at_most(200)
  expect(rss):at_most(8192)
end)

test("waits in callbacks give their stacks back", function()
  local function round()
    task.gather({ string.gsub, "x", ".", function() task.sleep(0) end },
      { string.gsub, "x", ".", function() task.sleep(0) end })
  end
  local lua, rss = growth(5000, round)
  expect(lua):at_most(200)
  expect(rss):at_most(8192)
end)

test("cancelled tasks are collected", function()
  local lua, rss = growth(20000, function()
    local t = task.spawn(task.sleep, 3600)
    task.yield()
    t:cancel()
    t:join()
  end)
  expect(lua):at_most(200)
  expect(rss):at_most(8192)
end)

test("queues and what is in them leave nothing, nor do those that are in themselves", function()
  local lua, rss = growth(40000, function()
    local q = queue.Queue()
    q:put(("x"):rep(1000))
    q:put { q }
  end)
  expect(lua):at_most(200)
  expect(rss):at_most(8192)
end)

test("selects leave nothing", function()
  local q, here = queue.Queue(1), queue.LocalQueue(1)
  q:put(0)
  local lua, rss = growth(20000, function()
    queue.select { { q, "put", ("x"):rep(100) }, { here, "get" }, timeout = 0 }
    task.spawn(here.put, here, 1)
    queue.select { { q, "put", ("x"):rep(100) }, { here, "get" } }
  end)
  expect(lua):at_most(200)
  expect(rss):at_most(8192)
end)

test("a task that waits for ever inside a coroutine is not lost while it waits", function()
  local weak = setmetatable({}, { __mode = "k" })
  local go = false
  local t = task.spawn(coroutine.wrap(function()
    weak[coroutine.running()] = true
    while not go do task.sleep(0.001) end
    return "kept"
  end))
  task.yield()
  support.collect()
  expect(next(weak) ~= nil):is_true()
  go = true
  expect(t:result()):equals "kept"
end)
