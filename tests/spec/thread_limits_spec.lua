-- Threads at the limits: of memory, of their number, of what the system gives.

local support = require "support"
local thread = require "braid.thread"
local sync = require "braid.sync"
local sanitized = (os.getenv "BRAID_SANITIZE" or "") ~= ""

local function resident()
  return tonumber(io.open("/proc/self/status"):read("a"):match "VmRSS:%s*(%d+)")
end

local function system_threads()
  return tonumber(io.open("/proc/self/status"):read("a"):match "Threads:%s*(%d+)")
end

test("many threads at once", function()
  local many = sanitized and 200 or 2000
  local go, threads = sync.Event(), {}
  for i = 1, many do threads[i] = thread.spawn(function() go:wait() return i end) end
  expect(thread.active_count()):equals(many + 1)
  go:set()
  local sum = 0
  for i = 1, many do sum = sum + threads[i]:result() end
  expect(sum):equals(many * (many + 1) // 2)
  expect(thread.active_count()):equals(1)
end)

test("many threads one after the other leave memory as it was", function()
  local rounds, batch = sanitized and 3 or 20, sanitized and 50 or 500
  local function start_and_join()
    for _ = 1, batch do thread.spawn(function(t) return t end, { 1, 2 }):join() end
    support.collect()
  end
  start_and_join()
  start_and_join()
  local before = resident()
  for _ = 1, rounds do start_and_join() end
  if not sanitized then expect(resident() - before):at_most(16 * 1024) end
  expect(system_threads()):at_most(100)
end)

test("threads that fail, are cancelled or never started leave nothing either", function()
  local rounds = sanitized and 30 or 500
  local function misuse()
    for _ = 1, rounds do
      local t = thread.spawn(function() require("braid.task").sleep(60) end)
      t:cancel()
      t:join()
      thread.Thread { target = print, args = { ("x"):rep(1000) } }
      pcall(thread.spawn, print, coroutine.create(print), ("x"):rep(1000))
    end
    support.collect()
  end
  misuse()
  local before = resident()
  misuse()
  misuse()
  if not sanitized then expect(resident() - before):at_most(16 * 1024) end
  expect(thread.active_count()):equals(1)
end)

test("an argument of some size arrives whole and is given back", function()
  local size = 8 << 20
  local function there_and_back()
    local back = thread.spawn(function(s) return s end, ("x"):rep(size)):result()
    return #back
  end
  expect(there_and_back()):equals(size)
  support.collect()
  local before = resident()
  for _ = 1, 5 do there_and_back() support.collect() end
  if not sanitized then expect(resident() - before):at_most(3 * size // 1024) end
end)

local PRELUDE = [[
local thread, sync = require "braid.thread", require "braid.sync"
]]

-- Runs the source with a limit of the shell's.
local function limited(limit, source)
  local path = os.tmpname()
  support.write_file(path, PRELUDE .. source)
  local out, err, status = support.run(("ulimit %s && exec %s %s"):format(limit,
    support.quote(support.braid), path), { limit = 60, env = { MALLOC_ARENA_MAX = 1 } })
  os.remove(path)
  return out, err, status
end

-- The address space of a sanitized program is beyond every limit.
if sanitized then return end

test("a thread that runs out of memory is the only one that fails", function()
  local out, err, status = limited("-v 800000", [[
    local go = sync.Event()
    local greedy = thread.spawn(function()
      go:wait()
      local t, s = {}, ("x"):rep(1 << 20)
      for i = 1, math.huge do t[i] = s .. i end
    end)
    local other = thread.spawn(function() go:wait() return "unharmed" end)
    local taker = require("braid.task").spawn(function() return greedy:exception() end)
    require("braid.task").sleep(0)
    go:set()
    print(taker:result())
    print(other:result(), thread.spawn(function() return "and new ones start" end):result())]])
  expect(out):equals "not enough memory\nunharmed\tand new ones start\n"
  expect(err):equals ""
  expect(status):equals(0)
end)

test("a thread that the system refuses is an error, and nothing has begun", function()
  local out, err, status = limited("-v 400000", [[
    local t = thread.Thread { target = function(x) return x end, args = { "later" } }
    -- Less than the stack of a thread is left, and some for what follows.
    local hoard, n = table.move({}, 1, 4000, 1, {}), 0
    for _, size in ipairs { 4 << 20, 1 << 20, 1 << 18 } do
      while true do
        local ok, text = pcall(string.rep, "x", size)
        if not ok then break end
        n = n + 1
        hoard[n] = text
      end
    end
    for i = n - 7, n do hoard[i] = false end
    collectgarbage()
    local ok, message = pcall(function() t:start() end)
    local alive, count = t:is_alive(), thread.active_count()
    hoard = nil
    collectgarbage()
    print(ok, alive, count)
    print((message:gsub("^[^:]*/", "")))
    t:start()
    print(t:result())]])
  expect(err):equals ""
  expect(out):matches(
    "^false\tfalse\t1\n[^/:]+:%d+: cannot start a thread: Resource temporarily unavailable\nlater\n$")
  expect(status):equals(0)
end)
