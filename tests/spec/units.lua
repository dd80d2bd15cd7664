-- The kinds of units that a spec runs over: each(fn) calls fn(kind, spawn) for each of them.
-- spawn(fn, ...) starts a unit that has join() and result(); in a thread fn and its arguments are
-- copies, so it uses nothing else.
local units = {}

local task = require "braid.task"
local has_threads, thread = pcall(require, "braid.thread")

local kinds = { { name = "task", spawn = task.spawn } }
if has_threads then kinds[#kinds + 1] = { name = "thread", spawn = thread.spawn } end

function units.each(fn)
  for _, kind in ipairs(kinds) do fn(kind.name, kind.spawn) end
end

return units
