---@meta braid
-- The reference of what `braid` has beside its modules, which are its other fields. Nothing is loaded
-- from here; see task.meta.lua for what an entry has.

---@class braid
local braid = {}

--- What every live unit of the program is doing, process by process, the first one first: the main
--- thread, then its tasks, then the other threads, each with its tasks. Names of units in other
--- processes than the first say which: `Task-1 of Process-1`; the main chunk of such a process has the
--- process's own name. `kill -QUIT` to any process has that one print the same, and go on.
--- Waits, though not as other calls: the whole thread stands still until the threads of all processes
--- have answered, half a second at most. One that runs C code meanwhile cannot answer, nor can a process
--- that is stopped: of the first there is no more than the name, of the second also what its units wait
--- for, unless they sleep.
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
---@return {kind: string, name: string, id: integer?, state: string, waits_for: string?, holder: string?, since: number?, traceback: string?, process: string, pid: integer}[] units kind is "process", "thread" or "task", state "running", "ready" or "waiting", of those that have not answered "running", "stopped", "starting" or "ending"; since how many seconds it has waited; process and pid those of its process
function braid.units() end

--- Waits until one of several operations is possible and does that one: `{q, "get"}`, `{q, "put",
--- value}`, `{q, "join"}`, `{event, "wait"}`, `{lock, "acquire"}`, `{semaphore, "acquire"}`,
--- `{connection, "recv"}`, `{connection, "send", value}`, `{connection, "poll"}`, `{task, "join"}`,
--- `{task, "result"}`, the same two of a thread, a process or a future, and get and put of a `LocalQueue`. Exactly one
--- takes place, the others leave no trace. Returns the number of the case and then what the method
--- would have returned; an error that it would have raised is raised. When several are possible any
--- of them is taken, with `priority = true` the first. With `timeout`, seconds, it returns nil,
--- "timeout" when the time is up; 0 does not wait. Without cases it sleeps for that time.
--- Waits. Raises `bad argument` for what is no case, and says which, and when there is neither a case
--- nor a timeout; `deadlock` when without a timeout all cases acquire a `Lock` that the unit itself
--- holds; `cancelled` in a cancelled unit. Term: Go's `select`.
--- ```lua
--- local braid = require "braid"
--- local queue = braid.queue
--- local task = require "braid.task"
--- local numbers, words = queue.Queue(), queue.Queue()
--- task.spawn(function()
---   words:put "hello"
---   numbers:put(1)
--- end)
--- for _ = 1, 2 do
---   print(braid.select { { numbers, "get" }, { words, "get" } })
--- end
--- --> 2	hello
--- --> 1	1
--- print(braid.select { { numbers, "get" }, timeout = 0 }) --> nil	timeout
--- ```
---@param cases table the cases, `timeout` and `priority`
---@return integer? index
---@return any ...
function braid.select(cases) end

return braid
