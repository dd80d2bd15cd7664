-- Bytes for each of 100 000 sleeping tasks, their handles kept: as Lua counts them once the garbage
-- is collected, and as the system does (resident memory: also what is not Lua's, and the garbage).
local task = require "braid.task"

local count <const> = 100000
local asleep = 0
local tasks = table.pack(table.unpack({}, 1, count)) -- made beforehand, its memory does not count

local function resident_bytes()
  for line in io.lines("/proc/self/status") do
    local kilobytes = line:match("^VmRSS:%s*(%d+)")
    if kilobytes then return kilobytes * 1024 end
  end
end

local function sleep()
  asleep = asleep + 1
  task.sleep(3600)
end

collectgarbage() collectgarbage()
local lua_before, resident_before = collectgarbage "count" * 1024, resident_bytes()
for i = 1, count do tasks[i] = task.spawn(sleep) end
while asleep < count do task.yield() end
local resident = resident_bytes()
collectgarbage() collectgarbage()
local lua = collectgarbage "count" * 1024
print(("sleepers_memory_lua %.0f B"):format((lua - lua_before) / count))
print(("sleepers_memory_rss %.0f B"):format((resident - resident_before) / count))
os.exit(0) -- nobody waits for the hour
