---@meta braid.queue
-- The reference of braid.queue: queues between tasks, threads and processes, and select. Nothing is
-- loaded from here; see task.meta.lua for what an entry has.

---@class braid.queue
local queue = {}

--- A first-in first-out queue that every unit of the program may use. `maxsize` is how many
--- messages it holds at most; nil, 0 and less mean no bound. With `{rendezvous = true}` it holds
--- none: a put waits until a get takes its message. A message is a copy, also between tasks of one
--- thread; handles (locks, queues, threads ...) in it stay what they are. Handing a queue to
--- another unit hands over a handle.
--- Does not wait. Term: Python's `queue.Queue`, `multiprocessing.Queue`.
--- ```lua
--- local queue = require "braid.queue"
---
--- local thread = require "braid.thread"
--- local q = queue.Queue(10)
--- local worker = thread.spawn(function(source)
---   local sum = 0
---   for value in source:iter() do sum = sum + value end
---   return sum
--- end, q)
--- for i = 1, 100 do q:put(i) end
--- q:close()
--- print(worker:result()) --> 5050
--- ```
---@param options integer|{maxsize: integer?, rendezvous: boolean?}?
---@return braid.Queue
function queue.Queue(options) end

--- The same as `Queue`, whose `task_done` and `join` every queue here has.
--- Does not wait. Term: Python's `multiprocessing.JoinableQueue`.
--- ```lua
--- local queue = require "braid.queue"
---
--- local q = queue.JoinableQueue()
--- q:put "work"
--- q:get()
--- q:task_done()
--- print(q:join()) --> true
--- ```
---@param options integer|{maxsize: integer?, rendezvous: boolean?}?
---@return braid.Queue
function queue.JoinableQueue(options) end

--- A `Queue` without a bound.
--- Does not wait. Raises `bad argument` when it is given a size. Term: Python's
--- `queue.SimpleQueue`.
--- ```lua
--- local queue = require "braid.queue"
---
--- local q = queue.SimpleQueue()
--- q:put { word = "hello" }
--- print(q:get().word) --> hello
--- ```
---@return braid.Queue
function queue.SimpleQueue() end

--- A queue that gives the newest message first.
--- Does not wait. Term: Python's `queue.LifoQueue`.
--- ```lua
--- local queue = require "braid.queue"
---
--- local q = queue.LifoQueue()
--- q:put_many { 1, 2, 3 }
--- print(q:get(), q:get(), q:get()) --> 3	2	1
--- ```
---@param options integer|{maxsize: integer?}?
---@return braid.Queue
function queue.LifoQueue(options) end

--- A queue that gives the least message first, as Lua's `<` has it. A message is a number, a
--- string, or a table, which its first element orders; equals come in the order they were put. A
--- put of what cannot be compared with what is in the queue raises, and so does nan.
--- Does not wait. Term: Python's `queue.PriorityQueue`.
--- ```lua
--- local queue = require "braid.queue"
---
--- local q = queue.PriorityQueue()
--- q:put { 2, "later" }
--- q:put { 1, "first" }
--- q:put { 1, "second" }
--- print(q:get()[2], q:get()[2], q:get()[2]) --> first	second	later
--- ```
---@param options integer|{maxsize: integer?}?
---@return braid.Queue
function queue.PriorityQueue(options) end

--- A first-in first-out queue for the tasks of one thread. It takes values of any kind and gives
--- these very values, not copies. nil, 0 and less mean no bound. It cannot be sent anywhere.
--- Does not wait. Term: asyncio's `Queue`, gevent's `queue.Queue`.
--- ```lua
--- local queue = require "braid.queue"
---
--- local task = require "braid.task"
--- local q = queue.LocalQueue(1)
--- local producer = task.spawn(function()
---   for i = 1, 3 do q:put { i } end
---   q:close()
--- end)
--- for value in q:iter() do io.write(value[1], " ") end
--- print(producer:join()) --> 1 2 3 true
--- ```
---@param maxsize integer?
---@return braid.LocalQueue
function queue.LocalQueue(maxsize) end

--- Waits until one of several operations is possible and does that one: `{q, "get"}`, `{q, "put",
--- value}`, `{q, "join"}`, `{event, "wait"}`, `{lock, "acquire"}`, `{semaphore, "acquire"}`,
--- `{connection, "recv"}`, `{connection, "send", value}`, `{connection, "poll"}`, `{task, "join"}`,
--- `{task, "result"}`, the same two of a thread, and get and put of a `LocalQueue`. Exactly one
--- takes place, the others leave no trace. Returns the number of the case and then what the method
--- would have returned; an error that it would have raised is raised. When several are possible any
--- of them is taken, with `priority = true` the first. With `timeout`, seconds, it returns nil,
--- "timeout" when the time is up; 0 does not wait. Without cases it sleeps for that time.
--- Waits. Raises `bad argument` for what is no case, and says which, and when there is neither a case
--- nor a timeout; `deadlock` when without a timeout all cases acquire a `Lock` that the unit itself
--- holds; `cancelled` in a cancelled unit. Term: Go's `select`.
--- ```lua
--- local queue = require "braid.queue"
---
--- local task = require "braid.task"
--- local numbers, words = queue.Queue(), queue.Queue()
--- task.spawn(function()
---   words:put "hello"
---   numbers:put(1)
--- end)
--- for _ = 1, 2 do
---   print(queue.select { { numbers, "get" }, { words, "get" } })
--- end
--- --> 2	hello
--- --> 1	1
--- print(queue.select { { numbers, "get" }, timeout = 0 }) --> nil	timeout
--- ```
---@param cases table the cases, `timeout` and `priority`
---@return integer? index
---@return any ...
function queue.select(cases) end

--- What `Queue` and its sisters make. Two handles of one queue are equal.
---@class braid.Queue
local Queue = {}

--- Puts a message, waiting for room if there is none. The value is copied when it is put. nil is a
--- message, too.
--- Waits while the queue is full. Raises `closed` when it is closed, also while it waits; an error
--- that says where when a part of the value cannot travel; `cancelled` in a cancelled unit: then
--- the message was not put.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue(1)
--- print(q:put "first") --> true
--- print(q:put("second", 0.01)) --> false	timeout
--- ```
---@param value any
---@param timeout number? seconds; nil = for ever, 0 = do not wait
---@return boolean done
---@return "timeout"? why not
function Queue:put(value, timeout) end

--- Puts a message if there is room.
--- Does not wait. Raises `closed` when the queue is closed.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue(1)
--- print(q:put_nowait(1), q:put_nowait(2)) --> true	false	full
--- ```
---@param value any
---@return boolean done
---@return "full"? why not
function Queue:put_nowait(value) end

--- Takes the next message, waiting for one if there is none. A nil message has no second result.
--- Waits while the queue is empty. Raises `cancelled` in a cancelled unit: then no message was
--- taken.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue()
--- q:put "message"
--- print(q:get(), q:get(0.01)) --> message	nil	timeout
--- q:close()
--- print(q:get()) --> nil	closed
--- ```
---@param timeout number? seconds; nil = for ever, 0 = do not wait
---@return any value
---@return "timeout"|"closed"? why
function Queue:get(timeout) end

--- Takes the next message if there is one.
--- Does not wait.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue()
--- print(q:get_nowait()) --> nil	empty
--- ```
---@return any value
---@return "empty"|"closed"? why
function Queue:get_nowait() end

--- Puts the items of a list, or as many as its field `n` says, nil included. Says how many were
--- put, and why no more. All are encoded before the first is put, so one that cannot travel raises
--- and none is put.
--- Waits while the queue is full, until the time for all of them is up. Raises `cancelled` in a
--- cancelled unit; what has been put by then stays.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue(2)
--- print(q:put_many({ 1, 2, 3 }, 0.01)) --> 2	timeout
--- ```
---@param list table
---@param timeout number?
---@return integer count
---@return "timeout"|"closed"? why
function Queue:put_many(list, timeout) end

--- Takes at most `max` messages as soon as there is one, in a list with their count in the field
--- `n`.
--- Waits while the queue is empty. Raises `cancelled` in a cancelled unit: then none was taken.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue()
--- q:put_many { 1, 2, 3 }
--- print(q:get_many(2).n, q:get_many(10).n, q:get_many(1, 0)) --> 2	1	nil	timeout
--- ```
---@param max integer
---@param timeout number?
---@return table? list
---@return "timeout"|"closed"? why
function Queue:get_many(max, timeout) end

--- For a loop over the messages: it ends when the queue is closed and empty. A nil message in it
--- raises.
--- Does not wait; the loop does while the queue is empty.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue()
--- q:put_many { "a", "b" }
--- q:close()
--- for value in q:iter() do io.write(value, " ") end
--- print "end" --> a b end
--- ```
---@return function next
---@return any queue
function Queue:iter() end

--- How many messages are there. Another unit may change that at once.
--- Does not wait.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue()
--- q:put(1)
--- print(q:qsize()) --> 1
--- ```
---@return integer
function Queue:qsize() end

--- Is there no message?
--- Does not wait.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue()
--- print(q:empty()) --> true
--- ```
---@return boolean
function Queue:empty() end

--- Is there no room? A queue without a bound is never full, a rendezvous always.
--- Does not wait.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue(1)
--- q:put(1)
--- print(q:full()) --> true
--- ```
---@return boolean
function Queue:full() end

--- Closes the queue for every unit: puts raise `closed`, those that wait, too; gets take what is
--- there, then return nil, "closed". Closing it again does nothing. A `<close>` variable closes its
--- queue.
--- Does not wait. Term: Python's `Queue.shutdown`.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue()
--- q:put(1)
--- q:close()
--- print(pcall(q.put, q, 2)) --> false	the queue is closed
--- print(q:get(), q:get()) --> 1	nil	closed
--- ```
function Queue:close() end

--- Says that what was got is done with: one call for each message.
--- Does not wait. Raises `invalid_state` when it was said more often than there were puts.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue()
--- q:put(1)
--- q:get()
--- q:task_done()
--- local ok, err = pcall(q.task_done, q)
--- print(ok, err.kind) --> false	invalid_state
--- ```
function Queue:task_done() end

--- Returns when `task_done` has been called for every message that was put: true, or false when the
--- time is up.
--- Waits. Raises `cancelled` in a cancelled unit.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue()
--- print(q:join()) --> true
--- q:put(1)
--- print(q:join(0.01)) --> false
--- ```
---@param timeout number?
---@return boolean done
function Queue:join(timeout) end

--- For ported code: returns at once. A message that `put` has accepted is in the queue already.
--- Does not wait. Term: Python's `multiprocessing.Queue.join_thread`.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue()
--- q:join_thread()
--- ```
function Queue:join_thread() end

--- For ported code: returns at once. A message that `put` has accepted is in the queue already.
--- Does not wait. Term: Python's `multiprocessing.Queue.cancel_join_thread`.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.Queue()
--- q:cancel_join_thread()
--- ```
function Queue:cancel_join_thread() end

--- What `LocalQueue` makes.
---@class braid.LocalQueue
local LocalQueue = {}

--- Puts a message, waiting for room if there is none. The value itself goes in, whatever it is. nil
--- is a message, too.
--- Waits while the queue is full. Raises `closed` when it is closed, also while it waits;
--- `cancelled` in a cancelled unit: then the message was not put.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue(1)
--- print(q:put "first") --> true
--- print(q:put("second", 0.01)) --> false	timeout
--- ```
---@param value any
---@param timeout number? seconds; nil = for ever, 0 = do not wait
---@return boolean done
---@return "timeout"? why not
function LocalQueue:put(value, timeout) end

--- Puts a message if there is room.
--- Does not wait. Raises `closed` when the queue is closed.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue(1)
--- print(q:put_nowait(1), q:put_nowait(2)) --> true	false	full
--- ```
---@param value any
---@return boolean done
---@return "full"? why not
function LocalQueue:put_nowait(value) end

--- Takes the next message, waiting for one if there is none. A nil message has no second result.
--- Waits while the queue is empty. Raises `cancelled` in a cancelled unit: then no message was
--- taken.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue()
--- q:put "message"
--- print(q:get(), q:get(0.01)) --> message	nil	timeout
--- q:close()
--- print(q:get()) --> nil	closed
--- ```
---@param timeout number? seconds; nil = for ever, 0 = do not wait
---@return any value
---@return "timeout"|"closed"? why
function LocalQueue:get(timeout) end

--- Takes the next message if there is one.
--- Does not wait.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue()
--- print(q:get_nowait()) --> nil	empty
--- ```
---@return any value
---@return "empty"|"closed"? why
function LocalQueue:get_nowait() end

--- Puts the items of a list, or as many as its field `n` says, nil included. Says how many were
--- put, and why no more.
--- Waits while the queue is full, until the time for all of them is up. Raises `cancelled` in a
--- cancelled unit; what has been put by then stays.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue(2)
--- print(q:put_many({ 1, 2, 3 }, 0.01)) --> 2	timeout
--- ```
---@param list table
---@param timeout number?
---@return integer count
---@return "timeout"|"closed"? why
function LocalQueue:put_many(list, timeout) end

--- Takes at most `max` messages as soon as there is one, in a list with their count in the field
--- `n`.
--- Waits while the queue is empty. Raises `cancelled` in a cancelled unit: then none was taken.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue()
--- q:put_many { 1, 2, 3 }
--- print(q:get_many(2).n, q:get_many(10).n, q:get_many(1, 0)) --> 2	1	nil	timeout
--- ```
---@param max integer
---@param timeout number?
---@return table? list
---@return "timeout"|"closed"? why
function LocalQueue:get_many(max, timeout) end

--- For a loop over the messages: it ends when the queue is closed and empty. A nil message in it
--- raises.
--- Does not wait; the loop does while the queue is empty.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue()
--- q:put_many { "a", "b" }
--- q:close()
--- for value in q:iter() do io.write(value, " ") end
--- print "end" --> a b end
--- ```
---@return function next
---@return any queue
function LocalQueue:iter() end

--- How many messages are there. Another unit may change that at once.
--- Does not wait.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue()
--- q:put(1)
--- print(q:qsize()) --> 1
--- ```
---@return integer
function LocalQueue:qsize() end

--- Is there no message?
--- Does not wait.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue()
--- print(q:empty()) --> true
--- ```
---@return boolean
function LocalQueue:empty() end

--- Is there no room? A queue without a bound is never full.
--- Does not wait.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue(1)
--- q:put(1)
--- print(q:full()) --> true
--- ```
---@return boolean
function LocalQueue:full() end

--- Closes the queue: puts raise `closed`, those that wait, too; gets take what is there, then
--- return nil, "closed". Closing it again does nothing. A `<close>` variable closes its queue.
--- Does not wait. Term: Python's `Queue.shutdown`.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue()
--- q:put(1)
--- q:close()
--- print(pcall(q.put, q, 2)) --> false	the queue is closed
--- print(q:get(), q:get()) --> 1	nil	closed
--- ```
function LocalQueue:close() end

--- Says that what was got is done with: one call for each message.
--- Does not wait. Raises `invalid_state` when it was said more often than there were puts.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue()
--- q:put(1)
--- q:get()
--- q:task_done()
--- local ok, err = pcall(q.task_done, q)
--- print(ok, err.kind) --> false	invalid_state
--- ```
function LocalQueue:task_done() end

--- Returns when `task_done` has been called for every message that was put: true, or false when the
--- time is up.
--- Waits. Raises `cancelled` in a cancelled unit.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue()
--- print(q:join()) --> true
--- q:put(1)
--- print(q:join(0.01)) --> false
--- ```
---@param timeout number?
---@return boolean done
function LocalQueue:join(timeout) end

--- For ported code: returns at once. A message that `put` has accepted is in the queue already.
--- Does not wait. Term: Python's `multiprocessing.Queue.join_thread`.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue()
--- q:join_thread()
--- ```
function LocalQueue:join_thread() end

--- For ported code: returns at once. A message that `put` has accepted is in the queue already.
--- Does not wait. Term: Python's `multiprocessing.Queue.cancel_join_thread`.
--- ```lua
--- local queue = require "braid.queue"
--- local q = queue.LocalQueue()
--- q:cancel_join_thread()
--- ```
function LocalQueue:cancel_join_thread() end

return queue
