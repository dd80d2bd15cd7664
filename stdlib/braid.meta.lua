---@meta braid
-- The reference of what `braid` has beside its modules, which are its other fields. Nothing is loaded
-- from here; see task.meta.lua for what an entry has.

---@class braid
local braid = {}

--- What every live unit of the program is doing: the main thread first, then its tasks, then the
--- other threads, each with its tasks. `kill -QUIT` has the program print the same and go on.
--- Waits, though not as other calls: the whole thread stands still until the other threads have
--- answered, half a second at most. One that runs C code meanwhile cannot answer; of it there is only
--- the name.
--- ```lua
--- local braid = require "braid"
--- local lock = braid.sync.Lock()
--- lock:acquire()
--- local waiter = braid.task.spawn(function() lock:acquire() end)
--- braid.task.yield()
--- local unit = braid.units()[2]
--- print(unit.kind, unit.name, unit.state, unit.waits_for, unit.holder)
--- --> task	Task-1	waiting	a Lock	MainThread
--- lock:release()
--- waiter:join()
--- ```
---@return {kind: string, name: string, id: integer, state: string, waits_for: string?, holder: string?, since: number?, traceback: string?}[] units kind is "thread" or "task", state "running", "ready" or "waiting"; since how many seconds it has waited
function braid.units() end

return braid
