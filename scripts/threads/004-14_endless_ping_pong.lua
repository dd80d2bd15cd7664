-- Example 004-14: Ping and Pong in two threads, without end.
-- Look at: the main chunk has ended, but the program goes on as long as its threads do. End it
-- with Ctrl-C.

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

thread.Thread { target = display, args = { "Ping" } }:start()
thread.Thread { target = display, args = { "Pong" } }:start()
