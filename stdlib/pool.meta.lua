---@meta braid.pool
-- The reference of braid.pool: the editor, the documents and the tests read it here, and nothing is
-- loaded from it. Each entry says what the function does, whether it waits, what comes out of it, and
-- has an example that a test runs. Terms are those of Python's `concurrent.futures`.

---@class braid.pool
local pool = {}

--- Until the first is done, for `wait`.
pool.FIRST_COMPLETED = "FIRST_COMPLETED"
--- Until one has failed or all are done, for `wait`.
pool.FIRST_EXCEPTION = "FIRST_EXCEPTION"
--- Until all are done, for `wait`.
pool.ALL_COMPLETED = "ALL_COMPLETED"

-- Executors -----------------------------------------------------------------------------------

---@class braid.ExecutorOptions
---@field max_workers? integer at most so many threads or processes; the number of processors
---@field thread_name_prefix? string of threads: they are called prefix_0, prefix_1 …
---@field initializer? function called in each worker before its first call
---@field initargs? any[] its arguments; may have a field n
---@field max_tasks_per_child? integer a worker is replaced after so many calls
---@field tasks_per_worker? integer a worker runs so many calls at once, each as a task; 1

--- A pool of threads that run what is submitted. Workers are started when there is work for them, and
--- one that ends is replaced. `local ex <close> = …` finishes what was submitted when the block is
--- left; in a cancelled unit it cancels all and waits until that has unwound. A pool that nobody can
--- use any more finishes its work, and so does the program at its end. An initializer that fails
--- breaks the pool: whatever waits, and every later `submit`, raises `broken_pool`.
--- Does not wait. Raises `bad argument`, and what `initializer` and `initargs` raise when they cannot
--- be sent.
--- ```lua
--- local pool = require "braid.pool"
--- local ex <close> = pool.ThreadPoolExecutor(2)
--- local f = ex:submit(function(a, b) return a + b end, 1, 2)
--- print(f:result()) --> 3
--- ```
---@param options? integer|braid.ExecutorOptions the number of workers, or a table
---@return braid.Executor
function pool.ThreadPoolExecutor(options) end

--- The same with processes for workers. One that dies fails only the calls that it was running, with
--- `worker_died`, and is replaced.
--- Does not wait. Raises what `ThreadPoolExecutor` does, and `invalid_state` in a daemon process,
--- which may not start others.
--- ```lua
--- local pool, process = require "braid.pool", require "braid.process"
--- local ex <close> = pool.ProcessPoolExecutor { max_workers = 2, tasks_per_worker = 10 }
--- print(ex:submit(process.getpid):result() ~= process.getpid()) --> true
--- local ok, err = pcall(function() ex:submit(os.exit, 3):result() end)
--- print(err.kind, err.exitcode) --> worker_died	3
--- ```
---@param options? integer|braid.ExecutorOptions the number of workers, or a table
---@return braid.Executor
function pool.ProcessPoolExecutor(options) end

-- Many futures --------------------------------------------------------------------------------

--- The futures (or tasks) of a list in the order in which they are done: `task.as_completed`.
--- Waits in the loop. Raises `timeout` there when `seconds` are over.
--- ```lua
--- local pool, task = require "braid.pool", require "braid.task"
--- local ex <close> = pool.ThreadPoolExecutor(2)
--- local late, soon = ex:submit(task.sleep, 0.05, "late"), ex:submit(task.sleep, 0, "soon")
--- for f in pool.as_completed { late, soon } do print(f:result()) end
--- --> soon
--- --> late
--- ```
---@param list braid.Awaitable[]
---@param seconds? number
---@return fun(): braid.Future|braid.Task|nil
function pool.as_completed(list, seconds) end

--- Waits for the futures (or tasks) of a list: `task.wait`. What is not done goes on.
--- Waits. Raises `bad argument`.
--- ```lua
--- local pool, task = require "braid.pool", require "braid.task"
--- local ex <close> = pool.ThreadPoolExecutor(2)
--- local list = { ex:submit(task.sleep, 0.05), ex:submit(math.sqrt, 4) }
--- local done, pending = pool.wait(list, { return_when = pool.FIRST_COMPLETED })
--- print(done[1]:result(), #pending) --> 2.0	1
--- ```
---@param list braid.Awaitable[]
---@param options? {timeout?: number, return_when?: string} seconds; one of the three constants
---@return (braid.Future|braid.Task)[] done
---@return (braid.Future|braid.Task)[] pending
function pool.wait(list, options) end

-- An executor ---------------------------------------------------------------------------------

--- A handle to a pool. Any thread and process may have it and submit; equal to the others of its pool.
---@class braid.Executor
local Executor = {}

--- Hands `fn(...)` to the pool: a worker calls it, in the order of submission. Function and arguments
--- are copied, handles are shared. What cannot travel fails the future, with the place. A call of the
--- pool may itself submit and wait for that: when it is still queued it runs in the caller meanwhile.
--- Does not wait. Raises `bad argument`, `invalid_state` after `shutdown`, and `broken_pool`.
--- ```lua
--- local pool = require "braid.pool"
--- local ex <close> = pool.ThreadPoolExecutor()
--- print(ex:submit(string.rep, "ab", 2):result()) --> abab
--- local f = ex:submit(print, { log = io.stdout })
--- print(f:exception()) --> cannot send a file (argument 1, field "log")
--- ```
---@param fn function
---@param ... any the arguments of `fn`
---@return braid.Future
function Executor:submit(fn, ...) end

--- Calls `fn` for each element of a list, or of several lists in step, or for what an iterator yields,
--- in the workers; yields index, from 1, and results in order. An iterator is a function that returns
--- nil at its end, or what `for` takes: `ex:map(fn, pairs(t))`. Short calls are handed out in chunks.
--- No more than 4096 calls are out at once, and what is left is cancelled when the loop ends. A call
--- that fails raises in its place; the iterator can be called again for the next ones.
--- Waits in the loop. Raises `bad argument`; there the errors of the calls, `worker_died`, and
--- `timeout` when `timeout` seconds have passed since `map` was called: then running calls are
--- cancelled, too.
--- ```lua
--- local pool = require "braid.pool"
--- local ex <close> = pool.ThreadPoolExecutor(2)
--- for i, square in ex:map(function(x) return x * x end, { 3, 4 }) do print(i, square) end
--- --> 1	9
--- --> 2	16
--- for _, name in ex:map(string.upper, ("a b"):gmatch "%a") do print(name) end
--- --> A
--- --> B
--- ```
---@param fn function
---@param ... any lists or an iterator, and then `{timeout=, chunksize=}`
---@return fun(): integer?, ...
function Executor:map(fn, ...) end

--- The same in the order in which the results are there.
--- Waits in the loop. Raises what `map` does.
--- ```lua
--- local pool, task = require "braid.pool", require "braid.task"
--- local ex <close> = pool.ThreadPoolExecutor(2)
--- for i in ex:imap_unordered(task.sleep, { 0.05, 0 }) do print(i) end
--- --> 2
--- --> 1
--- ```
---@param fn function
---@param ... any lists or an iterator, and then `{timeout=, chunksize=}`
---@return fun(): integer?, ...
function Executor:imap_unordered(fn, ...) end

--- Nothing more can be submitted; what was is finished, or with `cancel_futures` cancelled where it
--- has not begun.
--- Waits until the last worker has ended, unless `wait` is false. Raises `bad argument`,
--- `invalid_state` when it would have to wait in a worker of that pool.
--- ```lua
--- local pool = require "braid.pool"
--- local ex = pool.ThreadPoolExecutor(1)
--- local f = ex:submit(math.sqrt, 4)
--- ex:shutdown()
--- print(f:done(), pcall(ex.submit, ex, print))
--- --> true	false	cannot submit to an executor that is shut down
--- ```
---@param options? {wait?: boolean, cancel_futures?: boolean} true; false
function Executor:shutdown(options) end

-- A future ------------------------------------------------------------------------------------

--- A call that was submitted. Any thread and process may have it and wait for it; so may `select`
--- (`{future, "result"}`, `{future, "join"}`) and all that `braid.task` has for tasks. An error that
--- nobody takes is reported when nobody can any more.
---@class braid.Future
local Future = {}

--- What the function returned.
--- Waits until it has, or `seconds` at most. Raises its error; `timeout`; `cancelled` when it was
--- cancelled, or the caller; `worker_died` (`exitcode`: a status, or the negative number of a signal)
--- when its worker was killed while it ran; `broken_pool`.
--- ```lua
--- local pool, task = require "braid.pool", require "braid.task"
--- local ex <close> = pool.ThreadPoolExecutor(1)
--- local f = ex:submit(task.sleep, 0.02, "done")
--- print(pcall(f.result, f, 0)) --> false	timeout
--- print(f:result()) --> done
--- ```
---@param seconds? number
---@return any ...
function Future:result(seconds) end

--- The error that the function raised; nil when it returned.
--- Waits as `result` does. Raises `timeout` and `cancelled`.
--- ```lua
--- local pool = require "braid.pool"
--- local ex <close> = pool.ThreadPoolExecutor(1)
--- print(ex:submit(error, "bad", 0):exception()) --> bad
--- ```
---@param seconds? number
---@return any
function Future:exception(seconds) end

--- Waits until it is done, or `seconds` at most; never raises its error, which stays untaken.
--- Raises `cancelled` when the caller is cancelled.
--- ```lua
--- local pool = require "braid.pool"
--- local ex <close> = pool.ThreadPoolExecutor(1)
--- print(ex:submit(math.sqrt, 4):join()) --> true
--- ```
---@param seconds? number
---@return boolean done false when the time was up first
function Future:join(seconds) end

--- The traceback of the error where it was raised; nil when there is none.
--- Does not wait. Term: `traceback`.
--- ```lua
--- local pool = require "braid.pool"
--- local ex <close> = pool.ThreadPoolExecutor(1)
--- local f = ex:submit(error, "bad")
--- f:exception()
--- print(f:traceback():match "^[^\n]+") --> stack traceback:
--- ```
---@return string?
function Future:traceback() end

--- Has it ended, in whatever way?
--- Does not wait.
--- ```lua
--- local pool = require "braid.pool"
--- local ex <close> = pool.ThreadPoolExecutor(1)
--- local f = ex:submit(math.sqrt, 4)
--- f:join()
--- print(f:done(), f:running(), f:cancelled()) --> true	false	false
--- ```
---@return boolean
function Future:done() end

--- Does a worker run it?
--- Does not wait.
--- ```lua
--- local pool, sync = require "braid.pool", require "braid.sync"
--- local ex <close> = pool.ThreadPoolExecutor(1)
--- local begun, go = sync.Event(), sync.Event()
--- local f = ex:submit(function() begun:set() go:wait() end)
--- begun:wait()
--- print(f:running()) --> true
--- go:set()
--- ```
---@return boolean
function Future:running() end

--- Was it cancelled?
--- Does not wait.
--- ```lua
--- local pool, task = require "braid.pool", require "braid.task"
--- local ex <close> = pool.ThreadPoolExecutor(1)
--- local f = ex:submit(task.sleep, 60)
--- f:cancel { running = true }
--- f:join()
--- print(f:cancelled()) --> true
--- ```
---@return boolean
function Future:cancelled() end

--- Cancels the call if it has not begun; with `running` also when it has: it unwinds at its next wait,
--- or in a busy loop at once, and is done when it has unwound.
--- Does not wait. Raises `bad argument`.
--- ```lua
--- local pool, sync = require "braid.pool", require "braid.sync"
--- local ex <close> = pool.ThreadPoolExecutor(1)
--- local begun = sync.Event()
--- local busy = ex:submit(function() begun:set() while true do end end)
--- local behind = ex:submit(print, "never")
--- begun:wait()
--- print(behind:cancel(), busy:cancel(), busy:cancel { running = true }) --> true	false	true
--- ```
---@param options? {running?: boolean}
---@return boolean cancelled false when it is done, or runs and goes on
function Future:cancel(options) end

--- Calls `fn(future)` when it is done, however it ended, as a task of the thread that calls this: it
--- may wait, raise and submit. Its error is reported at once and harms nobody.
--- Does not wait. Raises `bad argument`.
--- ```lua
--- local pool = require "braid.pool"
--- local ex <close> = pool.ThreadPoolExecutor(1)
--- ex:submit(math.sqrt, 4):add_done_callback(function(f) print(f:result()) end)
--- --> 2.0
--- ```
---@param fn fun(future: braid.Future)
function Future:add_done_callback(fn) end
