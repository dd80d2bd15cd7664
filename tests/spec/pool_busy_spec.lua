-- Calls of a pool that never wait.

local pool = require "braid.pool"
local sync = require "braid.sync"
local task = require "braid.task"

test("a busy loop is cancelled where that is asked for", function()
  local ex <close> = pool.ThreadPoolExecutor(1)
  local begun = sync.Event()
  local f = ex:submit(function()
    begun:set()
    while true do end
  end)
  begun:wait()
  expect(f:cancel { running = true }):is_true()
  expect_error(function() f:result() end, "cancelled")
end)

test("wait_for ends one that takes too long, and its worker goes on", function()
  local ex <close> = pool.ThreadPoolExecutor(1)
  local busy = ex:submit(function() while true do end end)
  expect_error(function() task.wait_for(busy, 0.01) end, "timeout")
  expect(ex:submit(math.sqrt, 4):result()):equals(2.0)
end)
