---@meta braid.task
-- The reference of braid.task: the editor, the documents and the tests read it here, and nothing is
-- loaded from it. Each entry says what the function does, whether it waits, what comes out of it,
-- and has an example that a test runs. Terms are asyncio's, gevent's and Trio's; each entry says
-- whose.

--- What may be awaited: a Task as it is; a Future; a Process, its sentinel, or a Thread, once started;
--- a function, or a list of a function and its arguments, which is started as a task.
---@alias braid.Awaitable braid.Task | braid.Future | braid.Process | braid.Thread | function | table

--- A failure that a program may want to tell apart. `tostring(err)` is its message, and so is what
--- `..` makes of it.
---@class braid.Error
---@field kind string `"timeout"`, `"cancelled"`, `"deadlock"`, `"invalid_state"`, or `"group"`
---@field message any a text; for `cancelled` what `Task:cancel` was given
---@field traceback string where it was raised
---@field errors any[]? the errors of a group that had several; only when `kind` is `"group"`
---@operator concat(any): string

---@class braid.task
local task = {}

--- `wait` returns as soon as one task is done. Term: asyncio.
task.FIRST_COMPLETED = "FIRST_COMPLETED"
--- `wait` returns at the first error, or when all are done. Term: asyncio.
task.FIRST_EXCEPTION = "FIRST_EXCEPTION"
--- `wait` returns when all are done: the default. Term: asyncio.
task.ALL_COMPLETED = "ALL_COMPLETED"

-- Starting ------------------------------------------------------------------------------------

--- Starts `fn(...)` as a task. It joins the end of the ready queue and first runs when the spawner
--- waits. A Task is handed back as it is.
--- Does not wait. Raises `bad argument` when `fn` cannot be called.
--- An error of the task that nobody takes is reported on stderr.
--- Term: gevent's `spawn`, asyncio's `create_task`.
--- ```lua
--- local task = require "braid.task"
--- local t = task.spawn(function(a, b) return a + b end, 1, 2)
--- print(t:result()) --> 3
--- ```
---@param fn function | braid.Task
---@param ... any the arguments of `fn`
---@return braid.Task
function task.spawn(fn, ...) end

--- The same function as `spawn`.
--- Does not wait. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- print(task.create_task(string.upper, "x"):result()) --> X
--- ```
---@param fn function | braid.Task
---@param ... any the arguments of `fn`
---@return braid.Task
function task.create_task(fn, ...) end

--- The same function as `spawn`: a Task comes back as it is, a function is started.
--- Does not wait. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- local t = task.spawn(task.sleep, 0)
--- print(task.ensure_future(t) == t) --> true
--- ```
---@param fn function | braid.Task
---@param ... any the arguments of `fn`
---@return braid.Task
function task.ensure_future(fn, ...) end

--- Runs `fn(...)` as a task of its own and returns what it returns.
--- Waits until the task is done; other tasks go on meanwhile, and are not waited for. Raises the
--- task's error. When the caller is cancelled the task is cancelled, too, and unwinds first.
--- Term: asyncio's `run`.
--- ```lua
--- local task = require "braid.task"
--- print(task.run(function(x) task.sleep(0.01) return x, x * 2 end, 4)) --> 4	8
--- ```
---@param fn function
---@param ... any the arguments of `fn`
---@return any ... the results of `fn`
function task.run(fn, ...) end

-- Giving way ------------------------------------------------------------------------------------

--- Suspends the calling unit for at least that long, never less.
--- Waits. With 0 or less it joins the end of the ready queue, so everybody who is ready has a turn.
--- Raises `cancelled` in a cancelled unit, `bad argument` for nan. Term: asyncio's `sleep`.
--- ```lua
--- local task = require "braid.task"
--- print(task.sleep(0.01, "slept")) --> slept
--- ```
---@param seconds number
---@param value any
---@return any value the second argument
function task.sleep(seconds, value) end

--- Lets everybody else who is ready have a turn: the caller joins the end of the ready queue.
--- Waits for nothing else. Raises `cancelled` in a cancelled unit. Term: Lua's `yield`; gevent's
--- `sleep(0)`.
--- ```lua
--- local task = require "braid.task"
--- task.spawn(print, "second")
--- print "first" --> first
--- task.yield() --> second
--- print "third" --> third
--- ```
function task.yield() end

-- Several tasks ---------------------------------------------------------------------------------

--- Starts what is not a task yet and collects the first result of each, in the order of the
--- arguments.
--- Waits until all are done. The first error cancels the rest, which unwind, and is raised; so does
--- cancelling the caller. With `return_exceptions` errors stand in the list like results, and none
--- is raised. Every argument is checked before anything is started. A process or thread among them
--- is cancelled as a task is. Term: asyncio's `gather`.
--- ```lua
--- local process, task, thread = require "braid.process", require "braid.task", require "braid.thread"
--- local r = task.gather(process.spawn(math.abs, -1), thread.spawn(math.abs, -2), math.random)
--- print(r[1], r[2]) --> 1	2
--- ```
--- ```lua
--- local task = require "braid.task"
--- local r = task.gather({ task.sleep, 0.02, "a" }, function() return "b" end)
--- print(r.n, r[1], r[2]) --> 2	a	b
--- r = task.gather(function() error("bad", 0) end, { return_exceptions = true })
--- print(r[1]) --> bad
--- ```
---@param ... braid.Awaitable | { return_exceptions: boolean } the options come last
---@return table results a list with `n`
function task.gather(...) end

--- Starts what is not a task yet and sorts the list into those that are done and those that are
--- not, each in the order of the list. Nothing is cancelled and no error of a task is raised.
--- A process or thread is joined: its error is not taken.
--- Waits until all are done, or as `return_when` says, or `timeout` seconds at most. Raises
--- `invalid_state` for a process or thread that was not started, as the next ones do.
--- Term: asyncio's `wait`.
--- ```lua
--- local task = require "braid.task"
--- local done, pending = task.wait(
---   { { task.sleep, 0, "quick" }, { task.sleep, 60 } }, { return_when = task.FIRST_COMPLETED })
--- print(#done, done[1]:result(), #pending) --> 1	quick	1
--- pending[1]:cancel()
--- ```
---@param list braid.Awaitable[]
---@param options? { timeout?: number, return_when?: string }
---@return (braid.Task|braid.Process|braid.Thread)[] done
---@return (braid.Task|braid.Process|braid.Thread)[] pending
function task.wait(list, options) end

--- Starts what is not a task yet and joins all.
--- Waits until all are done, or `seconds` at most. Raises no error of a task. Term: gevent's
--- `joinall`.
--- ```lua
--- local task = require "braid.task"
--- print(task.joinall { { task.sleep, 0.01 }, { task.sleep, 0.02 } }) --> true
--- local slow = task.spawn(task.sleep, 60)
--- print(task.joinall({ slow }, 0)) --> false
--- slow:cancel()
--- ```
---@param list braid.Awaitable[]
---@param seconds? number
---@return boolean all false when the time was up first
function task.joinall(list, seconds) end

--- An iterator over the tasks in the order in which they end; what is not a task yet is started.
--- Waits in each step of the loop. Raises `timeout` when all together take longer than `seconds`.
--- Errors of tasks come from `result`. Leaving the loop early cancels nothing. Term: asyncio's
--- `as_completed`.
--- ```lua
--- local task = require "braid.task"
--- for t in task.as_completed { { task.sleep, 0.04, "slow" }, { task.sleep, 0, "quick" } } do
---   print(t:result())
--- end
--- --> quick
--- --> slow
--- ```
---@param list braid.Awaitable[]
---@param seconds? number
---@return fun(): (braid.Task|braid.Process|braid.Thread)? next
function task.as_completed(list, seconds) end

-- Deadlines and shields -----------------------------------------------------------------------

--- The result of `x`, which is cancelled if it takes longer than `seconds`.
--- Waits until the task is done or, once cancelled, has unwound. Raises `timeout` when it was
--- cancelled for being late, else the error of the task. When the caller is cancelled, so is the
--- task. A loop that never waits is reached, too. Term: asyncio's `wait_for`.
--- ```lua
--- local task = require "braid.task"
--- print(task.wait_for({ task.sleep, 0, "in time" }, 5)) --> in time
--- local ok, err = pcall(task.wait_for, { task.sleep, 60 }, 0.01)
--- print(ok, err.kind) --> false	timeout
--- ```
---@param x braid.Awaitable
---@param seconds? number nil waits for ever
---@return any ... the results of the task
function task.wait_for(x, seconds) end

--- Calls `fn(...)` in the calling unit, inside a cancel scope with a deadline.
--- Waits where `fn` does. When the time is up the wait in progress and every later one inside raise
--- `cancelled`, no `pcall` inside returns, and `timeout` raises `timeout`. A loop that never waits
--- is stopped the same way. Scopes nest; the nearest deadline counts. With 0 the first wait inside
--- raises. Term: asyncio's `timeout`; Trio's `fail_after` and cancel scopes.
--- ```lua
--- local task = require "braid.task"
--- print(task.timeout(5, function(x) return x end, "in time")) --> in time
--- local ok, err = pcall(task.timeout, 0.01, function() while true do end end)
--- print(ok, err.kind) --> false	timeout
--- ```
---@param seconds number? nil sets no deadline
---@param fn function
---@param ... any the arguments of `fn`
---@return any ... the results of `fn`
function task.timeout(seconds, fn, ...) end

--- The result of `x`, which goes on when the caller is cancelled. A function runs as a task of its
--- own. In a unit that is cancelled already, cleanup that must wait does so in here.
--- Waits until the task is done. Raises the task's error; `cancelled` when the caller is cancelled
--- meanwhile. Term: asyncio's `shield`.
--- ```lua
--- local task = require "braid.task"
--- local saved
--- local t = task.spawn(function()
---   task.shield(function() task.sleep(0.02) saved = true end)
--- end)
--- task.yield()
--- t:cancel()
--- t:join()
--- print(t:cancelled(), saved) --> true	nil
--- task.sleep(0.05)
--- print(saved) --> true
--- ```
---@param x braid.Awaitable
---@param ... any the arguments, when `x` is a function
---@return any ... the results of the task
function task.shield(x, ...) end

-- Executors ---------------------------------------------------------------------------------

--- Hands `fn(...)` to an executor of `braid.pool`; nil stands for one of threads that is made at the
--- first use. When a wait for the future's result is cancelled, so is the work.
--- Does not wait. Raises `bad argument`, and what `submit` raises. Term: asyncio's
--- `loop.run_in_executor`.
--- ```lua
--- local pool, task = require "braid.pool", require "braid.task"
--- local ex <close> = pool.ProcessPoolExecutor(1)
--- print(task.run_in_executor(ex, math.sqrt, 4):result()) --> 2.0
--- ```
---@param executor braid.Executor?
---@param fn function
---@param ... any the arguments of `fn`
---@return braid.Future
function task.run_in_executor(executor, fn, ...) end

--- The same in the executor of threads that is made at the first use: for what would keep the
--- thread's other tasks from running.
--- Does not wait. Raises `bad argument`. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- print(task.to_thread(string.rep, "ab", 2):result()) --> abab
--- ```
---@param fn function
---@param ... any the arguments of `fn`
---@return braid.Future
function task.to_thread(fn, ...) end

-- Who is there --------------------------------------------------------------------------------

--- The task that runs; nil in the main chunk. A coroutine of the script belongs to the task that
--- resumed it.
--- Does not wait. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- print(task.current_task()) --> nil
--- print(task.run(function() return task.current_task():done() end)) --> false
--- ```
---@return braid.Task?
function task.current_task() end

--- The tasks of this thread that are not done, oldest first.
--- Does not wait. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- local t = task.spawn(task.sleep, 0)
--- print(#task.all_tasks(), task.all_tasks()[1] == t) --> 1	true
--- ```
---@return braid.Task[]
function task.all_tasks() end

-- Groups --------------------------------------------------------------------------------------

--- A group of tasks that do not outlive a block: `local g <close> = task.group()`.
--- Does not wait; leaving the block waits until every task of the group has ended. The first error
--- cancels the rest and the block's own wait and is raised as it is; several become one error of
--- the kind `group`, whose `errors` lists them (`errors.n` is how many). An error of the block
--- itself, or a cancellation of its unit, cancels the tasks. Without `<close>` the block has no
--- end: the first error then cancels the whole unit, which ends with that error. Term: asyncio's
--- `TaskGroup`, Trio's nursery.
--- ```lua
--- local task = require "braid.task"
--- local ok, err = pcall(function()
---   local g <close> = task.group()
---   g:spawn(task.sleep, 60)
---   g:spawn(function() error("bad", 0) end)
--- end)
--- print(ok, err) --> false	bad
--- ```
---@return braid.Group
function task.group() end

---@class braid.Group
local Group = {}

--- Starts `fn(...)` as a task of the group.
--- Does not wait. Raises `invalid_state` when the group is finished or is shutting down.
--- ```lua
--- local task = require "braid.task"
--- local a, b
--- do
---   local g <close> = task.group()
---   a = g:spawn(task.sleep, 0.01, "a")
---   b = g:spawn(task.sleep, 0.02, "b")
--- end
--- print(a:result(), b:result()) --> a	b
--- ```
---@param fn function
---@param ... any the arguments of `fn`
---@return braid.Task
function Group:spawn(fn, ...) end

--- Cancels the tasks of the group; the block itself goes on. Leaving it afterwards raises nothing
--- for them: what fails while it unwinds is reported as an error that nobody takes.
--- Does not wait. Term: Trio's `cancel_scope.cancel`.
--- ```lua
--- local task = require "braid.task"
--- local t
--- do
---   local g <close> = task.group()
---   t = g:spawn(task.sleep, 60)
---   g:cancel()
--- end
--- print(t:cancelled()) --> true
--- ```
function Group:cancel() end

-- A task --------------------------------------------------------------------------------------

--- A coroutine of the thread's scheduler. Belongs to its thread.
---@class braid.Task
---@field name string `Task-1`, `Task-2`, …; may be set
local Task = {}

--- Waits until the task is done, or `seconds` at most. Raises `cancelled` when the caller is
--- cancelled, `invalid_state` in the task itself; never the task's error, which stays untaken.
--- Term: `threading`'s and gevent's `join`.
--- ```lua
--- local task = require "braid.task"
--- local t = task.spawn(task.sleep, 0.02)
--- print(t:join(0), t:join()) --> false	true
--- ```
---@param seconds? number
---@return boolean done false when the time was up first
function Task:join(seconds) end

--- What the task's function returned.
--- Waits until the task is done. Raises the task's error, which counts as taken, or `cancelled`
--- when it was cancelled; `timeout` after `seconds`; `invalid_state` in the task itself. Cancelling
--- whoever waits here leaves the task alone. Term: asyncio's `await task`, gevent's `get`.
--- ```lua
--- local task = require "braid.task"
--- local t = task.spawn(function() return "one", "two" end)
--- print(t:result()) --> one	two
--- local ok, err = pcall(function() return task.spawn(function() error("bad", 0) end):result() end)
--- print(ok, err) --> false	bad
--- ```
---@param seconds? number
---@return any ... all results
function Task:result(seconds) end

--- The error that the task failed with, which counts as taken; nil when it returned.
--- Waits until the task is done. Raises `cancelled` when it was cancelled, `timeout` after
--- `seconds`. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- local t = task.spawn(function() error("bad", 0) end)
--- print(t:exception()) --> bad
--- ```
---@param seconds? number
---@return any
function Task:exception(seconds) end

--- Has it returned, failed or been cancelled?
--- Does not wait. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- local t = task.spawn(math.abs, -1)
--- print(t:done(), t:join(), t:done()) --> false	true	true
--- ```
---@return boolean
function Task:done() end

--- The opposite of `done`.
--- Does not wait. Term: `threading`.
--- ```lua
--- local task = require "braid.task"
--- print(task.spawn(math.abs, -1):is_alive()) --> true
--- ```
---@return boolean
function Task:is_alive() end

--- Did a cancellation end it? False while it still unwinds, and when it returned all the same.
--- Does not wait. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- local t = task.spawn(task.sleep, 60)
--- t:cancel()
--- print(t:cancelled(), t:join(), t:cancelled()) --> false	true	true
--- ```
---@return boolean
function Task:cancelled() end

--- Cancels the task for good: the wait in progress and every later one raise `cancelled` in it,
--- `pcall`, `xpcall` and `coroutine.resume` do not return, `<close>` variables run. A task that has
--- not started never runs. One that returns without waiting again has returned.
--- Does not wait for the end: that is `join`. `message` becomes the message of the error. Term:
--- asyncio's `cancel`; Trio's level-triggered cancellation.
--- ```lua
--- local task = require "braid.task"
--- local t = task.spawn(function()
---   local _ <close> = setmetatable({}, { __close = function() print "cleaned up" end })
---   pcall(task.sleep, 60)
---   print "never printed"
--- end)
--- task.yield()
--- print(t:cancel()) --> true
--- t:join() --> cleaned up
--- print(t:cancel()) --> false
--- ```
---@param message? string
---@return boolean requested false when it was done already
function Task:cancel(message) end

--- Where its error was raised, or, while it is not done, where it stands. nil when it returned.
--- Does not wait.
--- ```lua
--- local task = require "braid.task"
--- local t = task.spawn(function() error "bad" end)
--- print(t:exception() ~= nil, t:traceback():match "^stack traceback:") --> true	stack traceback:
--- ```
---@return string?
function Task:traceback() end

--- Has `fn(task)` called when the task is done, as a task of its own and in the order of adding. On
--- a task that is done it is called soon. An error of the callback is reported on stderr at once.
--- Does not wait. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- local t = task.spawn(function() return 42 end)
--- t:add_done_callback(function(done) print(done:result()) end)
--- t:join()
--- task.yield() --> 42
--- ```
---@param fn fun(task: braid.Task)
function Task:add_done_callback(fn) end

--- Removes that callback, as often as it was added.
--- Does not wait. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- local t = task.spawn(math.abs, -1)
--- t:add_done_callback(print)
--- print(t:remove_done_callback(print), t:remove_done_callback(print)) --> 1	0
--- ```
---@param fn function
---@return integer removed how many there were
function Task:remove_done_callback(fn) end

-- Task-local storage ----------------------------------------------------------------------------

--- A table whose fields each task has for itself; the main chunk has its own. A new task begins
--- with none. `pairs` goes through those of the calling task.
--- Does not wait. Term: gevent's `local.local`, `threading.local`.
--- ```lua
--- local task = require "braid.task"
--- local here = task.Local()
--- here.name = "main"
--- print(task.run(function() here.name = "task" return here.name end), here.name) --> task	main
--- ```
---@return braid.Local
function task.Local() end

---@class braid.Local
---@field [any] any
local Local = {}

-- The loop façade -----------------------------------------------------------------------------

--- The thread's loop; a new one when the last one was closed.
--- Does not wait. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- print(task.get_event_loop() == task.get_event_loop()) --> true
--- ```
---@return braid.Loop
function task.get_event_loop() end

--- A new loop. All loops of a thread speak to its one scheduler, so tasks run whenever a unit
--- waits, inside of a loop's methods or not.
--- Does not wait. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- local loop = task.new_event_loop()
--- print(loop ~= task.get_event_loop()) --> true
--- loop:close()
--- ```
---@return braid.Loop
function task.new_event_loop() end

---@class braid.Loop
local Loop = {}

--- The results of `x`, which is started if it is not a task.
--- Waits until it is done. Raises its error, or `invalid_state` when the loop is closed or was
--- stopped before; the task is cancelled when the call is left early. Term: asyncio.
--- ```lua
--- local loop = require("braid.task").get_event_loop()
--- print(loop:run_until_complete(function() return "done" end)) --> done
--- ```
---@param x braid.Awaitable
---@return any ...
function Loop:run_until_complete(x) end

--- `task.run_in_executor`.
--- Does not wait. Raises `invalid_state` when the loop is closed, and what that raises. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- local loop = task.get_event_loop()
--- print(loop:run_until_complete(loop:run_in_executor(nil, math.sqrt, 4))) --> 2.0
--- ```
---@param executor braid.Executor?
---@param fn function
---@param ... any the arguments of `fn`
---@return braid.Future
function Loop:run_in_executor(executor, fn, ...) end

--- Lets tasks and timers run until `stop`.
--- Waits until somebody calls `stop`. Raises `invalid_state` when the loop is closed. Term:
--- asyncio.
--- ```lua
--- local loop = require("braid.task").new_event_loop()
--- loop:call_later(0.01, function() print "last" loop:stop() end)
--- loop:run_forever() --> last
--- loop:close()
--- ```
function Loop:run_forever() end

--- Makes `run_forever` or `run_until_complete` return. Does nothing when the loop does not run.
--- Does not wait. Term: asyncio.
--- ```lua
--- local loop = require("braid.task").new_event_loop()
--- loop:call_soon(loop.stop, loop)
--- loop:run_forever()
--- print(loop:is_running()) --> false
--- loop:close()
--- ```
function Loop:stop() end

--- Closes the loop: its methods that start something raise from then on. Tasks are not touched.
--- Does not wait. Raises `invalid_state` while the loop runs. Term: asyncio.
--- ```lua
--- local loop = require("braid.task").new_event_loop()
--- loop:close()
--- local ok, err = pcall(loop.create_task, loop, print)
--- print(ok, err.kind) --> false	invalid_state
--- ```
function Loop:close() end

--- `task.spawn`, if the loop is not closed.
--- Does not wait. Term: asyncio.
--- ```lua
--- local loop = require("braid.task").get_event_loop()
--- print(loop:create_task(string.rep, "ab", 2):result()) --> abab
--- ```
---@param fn function
---@param ... any the arguments of `fn`
---@return braid.Task
function Loop:create_task(fn, ...) end

--- Calls `fn(...)` as a task when the next round of the scheduler begins; calls come in order.
--- Does not wait. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- task.get_event_loop():call_soon(print, "soon")
--- task.sleep(0.01) --> soon
--- ```
---@param fn function
---@param ... any the arguments of `fn`
---@return braid.Timer
function Loop:call_soon(fn, ...) end

--- Calls `fn(...)` as a task, after that many seconds.
--- Does not wait. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- task.get_event_loop():call_later(0.01, print, "later")
--- task.sleep(0.05) --> later
--- ```
---@param seconds number
---@param fn function
---@param ... any the arguments of `fn`
---@return braid.Timer
function Loop:call_later(seconds, fn, ...) end

--- Calls `fn(...)` as a task, at that time of `Loop:time`.
--- Does not wait. Term: asyncio.
--- ```lua
--- local task = require "braid.task"
--- local loop = task.get_event_loop()
--- loop:call_at(loop:time() + 0.01, print, "then")
--- task.sleep(0.05) --> then
--- ```
---@param moment number
---@param fn function
---@param ... any the arguments of `fn`
---@return braid.Timer
function Loop:call_at(moment, fn, ...) end

--- The clock of `call_at`: `time.monotonic()`.
--- Does not wait. Term: asyncio.
--- ```lua
--- local loop = require("braid.task").get_event_loop()
--- print(loop:time() <= loop:time()) --> true
--- ```
---@return number seconds
function Loop:time() end

--- Is a unit inside `run_until_complete` or `run_forever` of this loop?
--- Does not wait. Term: asyncio.
--- ```lua
--- local loop = require("braid.task").get_event_loop()
--- print(loop:run_until_complete(function() return loop:is_running() end)) --> true
--- ```
---@return boolean
function Loop:is_running() end

--- Has `close` been called?
--- Does not wait. Term: asyncio.
--- ```lua
--- local loop = require("braid.task").new_event_loop()
--- loop:close()
--- print(loop:is_closed()) --> true
--- ```
---@return boolean
function Loop:is_closed() end

return task
