---@meta braid.thread
-- The reference of braid.thread: the editor, the documents and the tests read it here, and nothing
-- is loaded from it. Each entry says what the function does, whether it waits, what comes out of it,
-- and has an example that a test runs. Terms are those of Python's `threading`; each entry says
-- whose.

---@class braid.thread
local thread = {}

--- The longest time that a wait takes; waiting that long is waiting for ever. Term: threading.
thread.TIMEOUT_MAX = math.huge

-- Starting ------------------------------------------------------------------------------------

--- Makes a thread that runs `fn(...)` in a Lua state of its own, and starts it. What `fn` needs goes
--- along as a copy: its upvalues, the globals that it names, and theirs; handles (locks, events,
--- queues, threads) are shared.
--- Does not wait. Raises `bad argument` when `fn` cannot be called, an error that says where when
--- something cannot be sent, and `cannot start a thread` when the system has no more.
--- An error of the thread that nobody waits for is reported on stderr at once.
--- ```lua
--- local thread = require "braid.thread"
--- local t = thread.spawn(function(a, b) return a + b end, 1, 2)
--- print(t:result()) --> 3
--- ```
---@param fn function
---@param ... any the arguments of `fn`
---@return braid.Thread
function thread.spawn(fn, ...) end

-- Who is there --------------------------------------------------------------------------------

--- The thread that calls. In a thread of a subclass it is the object whose `run` is running.
--- Does not wait. Term: threading.
--- ```lua
--- local thread = require "braid.thread"
--- print(thread.current_thread().name) --> MainThread
--- ```
---@return braid.Thread
function thread.current_thread() end

--- The thread that the main chunk runs in. It has ended when the main chunk and its tasks have.
--- Does not wait. Term: threading.
--- ```lua
--- local thread = require "braid.thread"
--- local t = thread.spawn(function() return thread.main_thread().name end)
--- print(t:result(), thread.main_thread() == thread.current_thread()) --> MainThread	true
--- ```
---@return braid.Thread
function thread.main_thread() end

--- All threads that are alive, the main one first, then in the order of starting. The main one counts
--- as long as the program runs.
--- Does not wait. Term: threading.
--- ```lua
--- local thread = require "braid.thread"
--- for _, t in ipairs(thread.enumerate()) do print(t.name) end --> MainThread
--- ```
---@return braid.Thread[]
function thread.enumerate() end

--- How many threads are alive, the main one among them.
--- Does not wait. Term: threading.
--- ```lua
--- local thread = require "braid.thread"
--- print(thread.active_count()) --> 1
--- ```
---@return integer
function thread.active_count() end

--- The `ident` of the thread that calls.
--- Does not wait. Term: threading.
--- ```lua
--- local thread = require "braid.thread"
--- print(thread.get_ident() == thread.current_thread().ident) --> true
--- ```
---@return integer
function thread.get_ident() end

-- Thread --------------------------------------------------------------------------------------

--- What `Thread{...}` takes. All of it may be left out.
---@class braid.ThreadOptions
---@field target? function what the thread calls
---@field args? table the arguments of `target`: a list, or a `table.pack` with holes
---@field kwargs? table handed to `target` behind `args`, as one table
---@field name? string at most 255 bytes; `Thread-1`, `Thread-2` … where none is given
---@field daemon? boolean as the thread that makes it unless given

--- A thread: `Thread{target = fn, args = {...}}`, then `start`. Two objects of one thread are equal.
--- A script may hang fields of its own in it; they travel with it as copies.
---@class braid.Thread
---@field name string may be set at any time
---@field daemon boolean the program does not wait for it; may be set before the start
---@field ident integer? nil before the start; no two threads that are alive have the same
---@field native_id integer? the system's number of it; nil before the start
---@overload fun(options?: braid.ThreadOptions): braid.Thread
local Thread = {}
--- The class of threads, and of `Thread:extend`.
thread.Thread = Thread

--- Makes a subclass, whose `run` says what its threads do and whose `init` takes the arguments of the
--- class. A field `daemon` of the class is that of its threads.
--- Does not wait. Raises `bad argument` when `self` is no class.
--- ```lua
--- local thread = require "braid.thread"
--- local Square = thread.Thread:extend "Square"
--- function Square:init(x)
---   thread.Thread.init(self, { name = "square of " .. x })
---   self.x = x
--- end
--- function Square:run() return self.name, self.x * self.x end
--- local t = Square(7)
--- t:start()
--- print(t:result()) --> square of 7	49
--- ```
---@param name? string for `tostring`
---@return braid.Thread class
function Thread:extend(name) end

--- What a new object is made of: called by `Thread{...}`, and by the `init` of a subclass.
--- Does not wait. Raises `bad argument` for an unknown option and for one of a wrong type.
--- ```lua
--- local thread = require "braid.thread"
--- local ok, err = pcall(thread.Thread.init, thread.Thread(), { deamon = true })
--- print(err) --> bad argument #1 to 'Thread' (unknown option 'deamon')
--- ```
---@param options? braid.ThreadOptions
function Thread:init(options) end

--- What the thread does: calls its target and returns what that returns. Subclasses have their own.
--- Called by hand it runs in the calling thread, and waits if the target does.
--- Does not wait by itself. Term: threading.
--- ```lua
--- local thread = require "braid.thread"
--- print(thread.Thread { target = math.max, args = { 3, 5 } }:run()) --> 5
--- ```
---@return any ...
function Thread:run() end

--- Starts the thread. What it needs is copied before anything begins; `target`, `args` and `kwargs`
--- are the thread's from then on.
--- Does not wait. Raises `invalid_state` when it was started before, an error that says where when
--- something cannot be sent, and `cannot start a thread` when the system has no more; it is as before
--- then. Term: threading.
--- ```lua
--- local thread = require "braid.thread"
--- local t = thread.Thread { target = print, args = { coroutine.create(print) } }
--- print(select(2, pcall(t.start, t))) --> cannot send a coroutine (argument 1)
--- ```
function Thread:start() end

--- Is true when the thread has ended, with its tasks, and false when the time is up.
--- Waits until then. Does not raise the thread's error. Raises `invalid_state` when it was not
--- started, or for oneself. Term: threading.
--- ```lua
--- local thread, sync = require "braid.thread", require "braid.sync"
--- local go = sync.Event()
--- local t = thread.spawn(function() go:wait() end)
--- print(t:join(0.01)) --> false
--- go:set()
--- print(t:join()) --> true
--- ```
---@param seconds? number nil = for ever
---@return boolean ended
function Thread:join(seconds) end

--- What its function returned, copied for the caller; or raises its error, as it was. An error that
--- cannot be sent is one of kind `remote` with its text.
--- Waits until the thread has ended. Raises `timeout`, `cancelled` when it was cancelled, and
--- `invalid_state` as `join`. Whoever waits here takes the error: it is not reported.
--- Term: concurrent.futures.
--- ```lua
--- local thread = require "braid.thread"
--- local t = thread.spawn(function() return "a", nil, { 1, 2 } end)
--- local a, b, list = t:result()
--- print(a, b, #list) --> a	nil	2
--- ```
---@param seconds? number nil = for ever
---@return any ...
function Thread:result(seconds) end

--- Its error as a value, or nil when it returned.
--- Waits until the thread has ended. Raises `timeout`, `cancelled` and `invalid_state` as `result`.
--- Term: concurrent.futures.
--- ```lua
--- local thread, sync, task = require "braid.thread", require "braid.sync", require "braid.task"
--- local go = sync.Event()
--- local t = thread.spawn(function() go:wait() error { code = 7 } end)
--- task.spawn(function() task.sleep(0.01) go:set() end)
--- print(t:exception().code) --> 7
--- ```
---@param seconds? number nil = for ever
---@return any
function Thread:exception(seconds) end

--- Where its error was raised; nil when there was none, or it has not ended.
--- Does not wait.
--- ```lua
--- local thread = require "braid.thread"
--- local t = thread.spawn(print, "fine")
--- t:join() --> fine
--- print(t:traceback()) --> nil
--- ```
---@return string?
function Thread:traceback() end

--- Was it started, and has it not ended?
--- Does not wait. Term: threading.
--- ```lua
--- local thread = require "braid.thread"
--- local t = thread.Thread { target = math.abs, args = { 1 } }
--- print(t:is_alive()) --> false
--- t:start()
--- t:join()
--- print(t:is_alive()) --> false
--- ```
---@return boolean
function Thread:is_alive() end

--- Has it ended, in whatever way?
--- Does not wait. Term: concurrent.futures.
--- ```lua
--- local thread = require "braid.thread"
--- local t = thread.spawn(math.abs, 1)
--- t:join()
--- print(t:done()) --> true
--- ```
---@return boolean
function Thread:done() end

--- Has it ended because it was cancelled?
--- Does not wait. Term: concurrent.futures.
--- ```lua
--- local thread = require "braid.thread"
--- local t = thread.spawn(math.abs, 1)
--- t:join()
--- print(t:cancelled()) --> false
--- ```
---@return boolean
function Thread:cancelled() end

--- Cancels the thread and all its tasks for good: the wait in progress and every later one raise
--- `cancelled` in it, `pcall` does not return, `<close>` variables run. A busy loop that never waits
--- is reached, too. Before the start: it will not run.
--- Does not wait for the end: that is `join`. Term: Trio's level-triggered cancellation.
--- ```lua
--- local thread = require "braid.thread"
--- local t = thread.spawn(function() while true do end end)
--- print(t:cancel()) --> true
--- t:join()
--- print(t:cancelled(), t:cancel()) --> true	false
--- ```
---@return boolean requested false when it had ended already
function Thread:cancel() end

-- Timer ---------------------------------------------------------------------------------------

--- A thread that calls a function after a time: `Timer(seconds, fn, args, kwargs)`, then `start`. Its
--- `result` is what the function returned.
--- ```lua
--- local thread = require "braid.thread"
--- local t = thread.Timer(0.01, print, { "after a while" })
--- t:start()
--- t:join() --> after a while
--- ```
---@class braid.ThreadTimer : braid.Thread
---@field seconds number
---@field finished braid.Event set when it has fired or was cancelled
---@overload fun(seconds: number, fn: function, args?: table, kwargs?: table): braid.ThreadTimer
local Timer = {}
--- The class of timers, a subclass of Thread.
thread.Timer = Timer

--- What a new Timer is made of: called by `Timer(...)`.
--- Does not wait. Raises `bad argument`. Term: threading.
--- ```lua
--- local thread = require "braid.thread"
--- print(select(2, pcall(thread.Timer.init, thread.Timer(1, print), 1)))
--- --> bad argument #2 to 'Timer' (function expected, got nil)
--- ```
---@param seconds number
---@param fn function
---@param args? table
---@param kwargs? table
function Timer:init(seconds, fn, args, kwargs) end

--- What the timer's thread does: waits for its time or for `cancel`, then calls.
--- Waits that long where it is called by hand. Term: threading.
--- ```lua
--- local thread = require "braid.thread"
--- thread.Timer(0, print, { "now" }):run() --> now
--- ```
---@return any ...
function Timer:run() end

--- The call does not happen, unless it has begun. From any thread, also before the start.
--- Does not wait. Term: threading.
--- ```lua
--- local thread = require "braid.thread"
--- local t = thread.Timer(60, print, { "never" })
--- t:start()
--- t:cancel()
--- print(t:join()) --> true
--- ```
function Timer:cancel() end

return thread
