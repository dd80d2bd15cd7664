-- Example 004-5: Ping and Pong in two processes that count with a global.
-- Look at: they were to write 50 words in all, but write 100. Each process has a counter of its own.

local process = require "braid.process"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.01

counter = 0 -- luacheck: ignore

local function sub_task(word)
  while counter < 50 do -- luacheck: ignore
    io.write(word)
    io.flush()
    counter = counter + 1 -- luacheck: ignore
    time.sleep(DELAY)
  end
end

process.Process { target = sub_task, args = { "Ping" } }:start()
process.Process { target = sub_task, args = { "Pong" } }:start()
