---@meta braid.process
-- The reference of braid.process: the editor, the documents and the tests read it here, and nothing
-- is loaded from it. Each entry says what the function does, whether it waits, what comes out of it,
-- and has an example that a test runs. Terms are those of Python's `multiprocessing`.

---@class braid.process
local process = {}

-- Starting ------------------------------------------------------------------------------------

--- Makes a process that runs `fn(...)` in a Lua state and a memory of its own, and starts it. What
--- `fn` needs goes along as a copy: its upvalues, the globals that it names, and theirs; handles
--- (locks, events, queues, shared tables) are shared, as between threads. Its standard input is empty;
--- its working directory, umask and environment are those of the caller at this moment.
--- Waits until the process exists, some 100 us; the first one of a program takes some milliseconds.
--- Raises `bad argument` when `fn` cannot be called, an error that says where when something cannot be
--- sent, and `cannot start a process` when the system has no more, or there is no braid-worker for a
--- program that is not `braid`.
--- ```lua
--- local process = require "braid.process"
--- local p = process.spawn(function(a, b) return a + b end, 1, 2)
--- print(p:result()) --> 3
--- ```
---@param fn function
---@param ... any the arguments of `fn`
---@return braid.Process
function process.spawn(fn, ...) end

-- Who is there --------------------------------------------------------------------------------

--- The process that calls: MainProcess is the one that was started by hand.
--- Does not wait. Term: multiprocessing.
--- ```lua
--- local process = require "braid.process"
--- print(process.current_process().name) --> MainProcess
--- ```
---@return braid.Process
function process.current_process() end

--- The process that started this one; nil in MainProcess. One that is detached sees its end, too.
--- Does not wait. Term: multiprocessing.
--- ```lua
--- local process = require "braid.process"
--- print(process.parent_process()) --> nil
--- local p = process.spawn(function() return process.parent_process().name end)
--- print(p:result()) --> MainProcess
--- ```
---@return braid.Process?
function process.parent_process() end

--- The processes that this one has started and that are alive, in the order of starting.
--- Does not wait. Term: multiprocessing.
--- ```lua
--- local process = require "braid.process"
--- print(#process.active_children()) --> 0
--- ```
---@return braid.Process[]
function process.active_children() end

--- The system's number of this process.
--- Does not wait. Term: POSIX.
--- ```lua
--- local process = require "braid.process"
--- print(process.getpid() == process.current_process().pid) --> true
--- ```
---@return integer
function process.getpid() end

--- That of the process that started this one.
--- Does not wait. Term: POSIX.
--- ```lua
--- local process = require "braid.process"
--- print(process.spawn(process.getppid):result() == process.getpid()) --> true
--- ```
---@return integer
function process.getppid() end

--- Sends a signal to any process: a name with or without SIG, or a number; TERM unless given. A process
--- of the program that gets QUIT prints what all units do (`braid.units`) and goes on.
--- Does not wait. Raises `bad argument` for a signal that does not exist, and what the system says.
--- Term: POSIX.
--- ```lua
--- local process, task = require "braid.process", require "braid.task"
--- local p = process.spawn(task.sleep, 60)
--- process.kill(p.pid, "INT")
--- p:join()
--- print(p.exitcode) --> -2
--- ```
---@param pid integer
---@param signal? string|integer
function process.kill(pid, signal) end

--- How many processors this machine has.
--- Does not wait. Term: multiprocessing.
--- ```lua
--- local process = require "braid.process"
--- print(process.cpu_count() >= 1) --> true
--- ```
---@return integer
function process.cpu_count() end

-- Process --------------------------------------------------------------------------------------

--- What `Process{...}` takes. All of it may be left out.
---@class braid.ProcessOptions
---@field target? function what the process calls
---@field args? table the arguments of `target`: a list, or a `table.pack` with holes
---@field kwargs? table handed to `target` behind `args`, as one table
---@field name? string at most 255 bytes; `Process-1`, `Process-2` … where none is given
---@field daemon? boolean false unless given
---@field detached? boolean goes on when the program ends, and the program does not wait for it

--- A process: `Process{target = fn, args = {...}}`, then `start`. Two objects of one process are equal.
--- A script may hang fields of its own in it; they travel with it as copies. A process that leaves
--- its `<close>` variable's block is joined; when an error leaves it, it is terminated first.
---@class braid.Process
---@field name string may be set at any time
---@field daemon boolean ends with the process that started it, and may start none itself; may be set before the start
---@field detached boolean
---@field pid integer? the system's number of it; nil before the start
---@field ident integer? the same
---@field exitcode integer? nil while it is alive; 0, 1 after an error that left its function, what it gave `os.exit`, -N when signal N has killed it; -9 of MainProcess whatever signal that was
---@field sentinel userdata can be waited for: `select{{p.sentinel, "wait"}}`
---@overload fun(options?: braid.ProcessOptions): braid.Process
local Process = {}
--- The class of processes, and of `Process:extend`.
process.Process = Process

--- Makes a subclass, whose `run` says what its processes do and whose `init` takes the arguments of the
--- class. A field `daemon` of the class is that of its processes.
--- Does not wait. Raises `bad argument` when `self` is no class.
--- ```lua
--- local process = require "braid.process"
--- local Square = process.Process:extend "Square"
--- function Square:init(x)
---   process.Process.init(self, { name = "square of " .. x })
---   self.x = x
--- end
--- function Square:run() return self.name, self.x * self.x end
--- local t = Square(7)
--- t:start()
--- print(t:result()) --> square of 7	49
--- ```
---@param name? string for `tostring`
---@return braid.Process class
function Process:extend(name) end

--- What a new object is made of: called by `Process{...}`, and by the `init` of a subclass.
--- Does not wait. Raises `bad argument` for an unknown option and for one of a wrong type.
--- ```lua
--- local process = require "braid.process"
--- local ok, err = pcall(process.Process.init, process.Process(), { deamon = true })
--- print(err) --> bad argument #1 to 'Process' (unknown option 'deamon')
--- ```
---@param options? braid.ProcessOptions
function Process:init(options) end

--- What the process does: calls its target and returns what that returns. Subclasses have their own.
--- Called by hand it runs in the calling process, and waits if the target does.
--- Does not wait by itself. Term: multiprocessing.
--- ```lua
--- local process = require "braid.process"
--- print(process.Process { target = math.max, args = { 3, 5 } }:run()) --> 5
--- ```
---@return any ...
function Process:run() end

--- Starts the process. What it needs is copied before anything begins; `target`, `args` and `kwargs`
--- are the process's from then on.
--- Waits until the process exists, some 100 us. Raises `invalid_state` when it was started before, or
--- by a daemon; an error that says where when something cannot be sent; and `cannot start a process`
--- when the system has no more. Term: multiprocessing.
--- ```lua
--- local process = require "braid.process"
--- local t = process.Process { target = print, args = { coroutine.create(print) } }
--- print(select(2, pcall(t.start, t))) --> cannot send a coroutine (argument 1)
--- ```
function Process:start() end

--- Is true when the process has ended and is gone from the system, and false when the time is up.
--- Waits until then. Does not raise the process's error. Raises `invalid_state` when it was not
--- started, or for oneself. Term: multiprocessing.
--- ```lua
--- local process, sync = require "braid.process", require "braid.sync"
--- local go = sync.Event()
--- local t = process.spawn(function() go:wait() end)
--- print(t:join(0.01)) --> false
--- go:set()
--- print(t:join()) --> true
--- ```
---@param seconds? number nil = for ever
---@return boolean ended
function Process:join(seconds) end

--- What its function returned, copied for the caller; or raises its error, as it was. An error that
--- cannot be sent is one of kind `remote` with its text; a process that was killed, or ended by
--- `os.exit`, has left none: `worker_died`, which says how it ended.
--- Waits until the process has ended. Raises `timeout`, `cancelled` when it was cancelled, and
--- `invalid_state` as `join`. Whoever waits here takes the error: it is not reported.
--- Term: concurrent.futures.
--- ```lua
--- local process = require "braid.process"
--- local t = process.spawn(function() return "a", nil, { 1, 2 } end)
--- local a, b, list = t:result()
--- print(a, b, #list) --> a	nil	2
--- ```
---@param seconds? number nil = for ever
---@return any ...
function Process:result(seconds) end

--- Its error as a value, or nil when it returned.
--- Waits until the process has ended. Raises `timeout`, `cancelled` and `invalid_state` as `result`.
--- Term: concurrent.futures.
--- ```lua
--- local process, sync, task = require "braid.process", require "braid.sync", require "braid.task"
--- local go = sync.Event()
--- local t = process.spawn(function() go:wait() error { code = 7 } end)
--- task.spawn(function() task.sleep(0.01) go:set() end)
--- print(t:exception().code) --> 7
--- ```
---@param seconds? number nil = for ever
---@return any
function Process:exception(seconds) end

--- Where its error was raised; nil when there was none, or it has not ended.
--- Does not wait.
--- ```lua
--- local process = require "braid.process"
--- local t = process.spawn(print, "fine")
--- t:join() --> fine
--- print(t:traceback()) --> nil
--- ```
---@return string?
function Process:traceback() end

--- Was it started, and has it not ended?
--- Does not wait. Term: multiprocessing.
--- ```lua
--- local process = require "braid.process"
--- local t = process.Process { target = math.abs, args = { 1 } }
--- print(t:is_alive()) --> false
--- t:start()
--- t:join()
--- print(t:is_alive()) --> false
--- ```
---@return boolean
function Process:is_alive() end

--- Has it ended, in whatever way?
--- Does not wait. Term: concurrent.futures.
--- ```lua
--- local process = require "braid.process"
--- local t = process.spawn(math.abs, 1)
--- t:join()
--- print(t:done()) --> true
--- ```
---@return boolean
function Process:done() end

--- Has it ended because it was cancelled?
--- Does not wait. Term: concurrent.futures.
--- ```lua
--- local process = require "braid.process"
--- local t = process.spawn(math.abs, 1)
--- t:join()
--- print(t:cancelled()) --> false
--- ```
---@return boolean
function Process:cancelled() end

--- Cancels the process and all its tasks for good: the wait in progress and every later one raise
--- `cancelled` in it, `pcall` does not return, `<close>` variables run. A busy loop that never waits
--- is reached, too. Before the start: it will not run. Its exit code is 0: it has ended in order.
--- Does not wait for the end: that is `join`. Term: Trio's level-triggered cancellation.
--- ```lua
--- local process = require "braid.process"
--- local t = process.spawn(function() while true do end end)
--- print(t:cancel()) --> true
--- t:join()
--- print(t:cancelled(), t:cancel()) --> true	false
--- ```
---@return boolean requested false when it had ended already
function Process:cancel() end

--- Sends SIGTERM, which ends it unless it has arranged for something else: its `<close>` variables do
--- not run. What it held passes on to others, as `owner_died`.
--- Does not wait for the end: that is `join`. Raises `invalid_state` before the start.
--- Term: multiprocessing.
--- ```lua
--- local process, task = require "braid.process", require "braid.task"
--- local p = process.spawn(task.sleep, 60)
--- p:terminate()
--- print(p:join(), p.exitcode) --> true	-15
--- ```
---@return boolean sent false when it had ended already
function Process:terminate() end

--- Sends SIGKILL, which ends it wherever it is.
--- Does not wait for the end: that is `join`. Raises `invalid_state` before the start.
--- Term: multiprocessing.
--- ```lua
--- local process, task = require "braid.process", require "braid.task"
--- local p = process.spawn(task.sleep, 60)
--- p:kill()
--- print(p:join(), p.exitcode, p:kill()) --> true	-9	false
--- ```
---@return boolean sent false when it had ended already
function Process:kill() end

--- For scripts that come from Python: there is nothing to give back. From then on the methods of this
--- object, but `close`, raise `invalid_state`; its fields, and other objects of the process, do not.
--- Does not wait. Raises `invalid_state` while the process is alive. Term: multiprocessing.
--- ```lua
--- local process = require "braid.process"
--- local p = process.spawn(math.abs, 1)
--- p:join()
--- p:close()
--- print(p.exitcode, select(2, pcall(p.join, p)).message) --> 0	the process handle is closed
--- ```
function Process:close() end

return process
