-- Example 004-15: the endless Ping and Pong as daemons.
-- Look at: they end with the main thread, which sleeps for 50 delays meanwhile.

local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.1

local function display(content)
  while true do
    io.write(content)
    io.flush() -- not a whole line, which would be written at once
    time.sleep(DELAY)
  end
end

thread.Thread { target = display, args = { "Ping" }, daemon = true }:start()
thread.Thread { target = display, args = { "Pong" }, daemon = true }:start()
time.sleep(DELAY * 50)
