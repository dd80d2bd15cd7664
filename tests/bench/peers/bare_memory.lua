-- A suspended coroutine of plain Lua, in bytes as Lua counts them.
local count <const> = 100000
local kept = table.pack(table.unpack({}, 1, count))
local function wait() coroutine.yield() end

collectgarbage() collectgarbage()
local before = collectgarbage "count" * 1024
for i = 1, count do
  kept[i] = coroutine.create(wait)
  coroutine.resume(kept[i])
end
collectgarbage() collectgarbage()
print(("sleepers_memory_lua %.0f B"):format((collectgarbage "count" * 1024 - before) / count))
