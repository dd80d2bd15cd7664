---@meta braid.sync
-- The reference of braid.sync: locks, events and their like, for tasks and threads alike. Nothing is
-- loaded from here; see task.meta.lua for what an entry has. Every object may be handed to other
-- units; two handles of one object are equal.

---@class braid.sync
local sync = {}

---@class Lock
local Lock = {}

---@class Semaphore
local Semaphore = {}

---@class Event
local Event = {}

---@class Condition
local Condition = {}

---@class Barrier
---@field parties integer how many units meet
---@field n_waiting integer how many wait now
---@field broken boolean
local Barrier = {}

---@class RWLock
local RWLock = {}

---@class WaitGroup
local WaitGroup = {}

---@class Once
local Once = {}

-- Constructors -----------------------------------------------------------------------------------

--- A lock that belongs to the unit that took it, a task or the main chunk of a thread. An owner that
--- ends without releasing hands it on, and the next one is told.
--- Does not wait. Term: Python's `threading.Lock`, with an owner.
--- ```lua
--- local sync = require "braid.sync"
--- local lock = sync.Lock()
--- print(lock:acquire(), lock:locked()) --> true	true
--- lock:release()
--- ```
---@return Lock
function sync.Lock() end

--- A lock that its owner may take again; it must release it as often.
--- Does not wait. Term: Python's `threading.RLock`.
--- ```lua
--- local sync = require "braid.sync"
--- local lock = sync.RLock()
--- print(lock:acquire(), lock:acquire()) --> true	true
--- lock:release()
--- print(lock:locked()) --> true
--- lock:release()
--- ```
---@return Lock
function sync.RLock() end

--- A number of permits, 1 unless said otherwise. Permits belong to nobody: any unit may release.
--- Does not wait. Raises `bad argument` for a negative number. Term: Dijkstra; Python's `threading.Semaphore`.
--- ```lua
--- local sync = require "braid.sync"
--- local semaphore = sync.Semaphore(1)
--- print(semaphore:acquire(), semaphore:acquire(0)) --> true	false
--- ```
---@param n? integer permits at first
---@return Semaphore
function sync.Semaphore(n) end

--- A semaphore that never has more permits than it began with: a release too many raises.
--- Does not wait. Raises `bad argument` for a negative number. Term: Python's `threading.BoundedSemaphore`.
--- ```lua
--- local sync = require "braid.sync"
--- local semaphore = sync.BoundedSemaphore(1)
--- local ok, err = pcall(semaphore.release, semaphore)
--- print(ok, err.kind) --> false	invalid_state
--- ```
---@param n? integer permits at first, and at most
---@return Semaphore
function sync.BoundedSemaphore(n) end

--- A flag, unset at first, that units wait for.
--- Does not wait. Term: Python's `threading.Event`.
--- ```lua
--- local sync, task = require "braid.sync", require "braid.task"
--- local ready = sync.Event()
--- local waiter = task.spawn(function() return ready:wait() end)
--- ready:set()
--- print(waiter:result()) --> true
--- ```
---@return Event
function sync.Event() end

--- A place to wait for a change of what a lock guards: of `lock`, or of an RLock of its own.
--- Does not wait. Raises `bad argument` for what is no Lock. Term: Hoare's monitors; Python's `threading.Condition`.
--- ```lua
--- local sync, task = require "braid.sync", require "braid.task"
--- local condition = sync.Condition()
--- local items = {}
--- local consumer = task.spawn(function()
---   local _ <close> = condition:guard()
---   condition:wait_for(function() return #items > 0 end)
---   return table.remove(items)
--- end)
--- task.yield()
--- condition:with(function()
---   items[1] = "tea"
---   condition:notify()
--- end)
--- print(consumer:result()) --> tea
--- ```
---@param lock? Lock
---@return Condition
function sync.Condition(lock) end

--- A meeting point of so many units, again and again. When all have come one of them runs `action`,
--- before any goes on; in other threads it is a copy of the function. `timeout` holds for each wait
--- that says no other.
--- Does not wait. Raises `bad argument` when there is no positive number of parties. Term: Python's `threading.Barrier`.
--- ```lua
--- local sync, task = require "braid.sync", require "braid.task"
--- local barrier = sync.Barrier(2, function() print "all here" end)
--- local other = task.spawn(function() return barrier:wait() end)
--- local sum = barrier:wait() + other:result() --> all here
--- print(sum) --> 1
--- ```
---@param parties integer
---@param action? function
---@param timeout? number seconds
---@return Barrier
function sync.Barrier(parties, action, timeout) end

--- A lock that many units read under together, or one writes under alone. Writers are not starved: who
--- comes to read after a waiting writer waits, too, unless it reads already.
--- Does not wait. Term: the readers–writer lock of POSIX.
--- ```lua
--- local sync = require "braid.sync"
--- local lock = sync.RWLock()
--- print(lock:acquire_read(), lock:acquire_write(0)) --> true	false
--- lock:release_read()
--- ```
---@return RWLock
function sync.RWLock() end

--- A count of things to be done, and those who wait until there is none.
--- Does not wait. Term: Go's `sync.WaitGroup`.
--- ```lua
--- local sync, task = require "braid.sync", require "braid.task"
--- local group = sync.WaitGroup()
--- for i = 1, 3 do
---   group:add()
---   task.spawn(function() task.sleep(i / 1000) group:done() end)
--- end
--- print(group:wait()) --> true
--- ```
---@return WaitGroup
function sync.WaitGroup() end

--- Something that is done once, whoever comes first.
--- Does not wait. Term: Go's `sync.Once`.
--- ```lua
--- local sync = require "braid.sync"
--- local once = sync.Once()
--- for _ = 1, 3 do once:call(print, "only now") end --> only now
--- ```
---@return Once
function sync.Once() end

-- Lock -------------------------------------------------------------------------------------------

--- Takes the lock.
--- Waits while another unit owns it. False when the time is up. A second result "owner_died" says that the last
--- owner ended without releasing. Raises `deadlock` when the wait could never end, because the unit
--- owns the lock itself or waits, through others, for itself; `cancelled` in a cancelled unit.
--- ```lua
--- local sync = require "braid.sync"
--- local lock = sync.Lock()
--- print(lock:acquire(), lock:acquire(0.01)) --> true	false
--- lock:release()
--- ```
---@param timeout? number seconds
---@return boolean acquired
---@return string? owner_died
function Lock:acquire(timeout) end

--- Takes the lock if that is possible at once: as `acquire(0)`.
--- Does not wait.
--- ```lua
--- local sync = require "braid.sync"
--- local lock = sync.Lock()
--- print(lock:try_acquire(), lock:try_acquire()) --> true	false
--- lock:release()
--- ```
---@return boolean acquired
---@return string? owner_died
function Lock:try_acquire() end

--- Gives the lock back.
--- Does not wait. Raises `invalid_state` when the unit does not own it.
--- ```lua
--- local sync = require "braid.sync"
--- local lock = sync.Lock()
--- local ok, err = pcall(lock.release, lock)
--- print(ok, err.kind) --> false	invalid_state
--- ```
function Lock:release() end

--- Does anybody own it?
--- Does not wait.
--- ```lua
--- local sync = require "braid.sync"
--- print(sync.Lock():locked()) --> false
--- ```
---@return boolean
function Lock:locked() end

--- Takes the lock for the rest of the block.
--- Waits as `acquire` does, and raises as it does.
--- ```lua
--- local sync = require "braid.sync"
--- local lock = sync.Lock()
--- do
---   local _ <close> = lock:guard()
---   print(lock:locked()) --> true
--- end
--- print(lock:locked()) --> false
--- ```
---@return table guard to be closed
function Lock:guard() end

--- Calls `fn(...)` while the unit owns the lock, and returns what it returns.
--- Waits as `acquire` does, and raises as it and as `fn` do.
--- ```lua
--- local sync = require "braid.sync"
--- local lock = sync.Lock()
--- print(lock:with(function(x) return x + 1 end, 1)) --> 2
--- ```
---@param fn function
---@param ... any
---@return any ...
function Lock:with(fn, ...) end

-- Semaphore --------------------------------------------------------------------------------------

--- Takes a permit.
--- Waits while there is none. False when the time is up. Raises `cancelled` in a cancelled unit.
--- ```lua
--- local sync = require "braid.sync"
--- local semaphore = sync.Semaphore(2)
--- print(semaphore:acquire(), semaphore:acquire(), semaphore:acquire(0.01)) --> true	true	false
--- ```
---@param timeout? number seconds
---@return boolean acquired
function Semaphore:acquire(timeout) end

--- Takes a permit if there is one: as `acquire(0)`.
--- Does not wait.
--- ```lua
--- local sync = require "braid.sync"
--- print(sync.Semaphore(0):try_acquire()) --> false
--- ```
---@return boolean acquired
function Semaphore:try_acquire() end

--- Gives back n permits, 1 unless said otherwise.
--- Does not wait. Raises `invalid_state` when a bounded one would have too many, `bad argument` for
--- less than 1.
--- ```lua
--- local sync = require "braid.sync"
--- local semaphore = sync.Semaphore(0)
--- semaphore:release(2)
--- print(semaphore:acquire(0), semaphore:acquire(0), semaphore:acquire(0)) --> true	true	false
--- ```
---@param n? integer
function Semaphore:release(n) end

--- Takes a permit for the rest of the block.
--- Waits as `acquire` does.
--- ```lua
--- local sync = require "braid.sync"
--- local semaphore = sync.Semaphore(1)
--- do
---   local _ <close> = semaphore:guard()
---   print(semaphore:acquire(0)) --> false
--- end
--- print(semaphore:acquire(0)) --> true
--- ```
---@return table guard to be closed
function Semaphore:guard() end

--- Calls `fn(...)` with a permit, and returns what it returns.
--- Waits as `acquire` does.
--- ```lua
--- local sync = require "braid.sync"
--- print(sync.Semaphore(1):with(math.max, 1, 2)) --> 2
--- ```
---@param fn function
---@param ... any
---@return any ...
function Semaphore:with(fn, ...) end

-- Event ------------------------------------------------------------------------------------------

--- Sets the flag and wakes all who wait for it.
--- Does not wait.
--- ```lua
--- local sync = require "braid.sync"
--- local event = sync.Event()
--- event:set()
--- print(event:is_set()) --> true
--- ```
function Event:set() end

--- Unsets the flag.
--- Does not wait.
--- ```lua
--- local sync = require "braid.sync"
--- local event = sync.Event()
--- event:set()
--- event:clear()
--- print(event:is_set()) --> false
--- ```
function Event:clear() end

--- Is it set?
--- Does not wait.
--- ```lua
--- local sync = require "braid.sync"
--- print(sync.Event():is_set()) --> false
--- ```
---@return boolean
function Event:is_set() end

--- Returns true as soon as the flag is set.
--- Waits while it is not. False when the time is up. Raises `cancelled` in a cancelled unit.
--- ```lua
--- local sync = require "braid.sync"
--- print(sync.Event():wait(0.01)) --> false
--- ```
---@param timeout? number seconds
---@return boolean
function Event:wait(timeout) end

-- Condition --------------------------------------------------------------------------------------

--- Takes the condition's lock: `Lock:acquire`.
--- Waits while another unit owns it.
--- ```lua
--- local sync = require "braid.sync"
--- local condition = sync.Condition()
--- print(condition:acquire()) --> true
--- condition:release()
--- ```
---@param timeout? number seconds
---@return boolean acquired
---@return string? owner_died
function Condition:acquire(timeout) end

--- Takes the condition's lock if that is possible at once: `Lock:try_acquire`.
--- Does not wait.
--- ```lua
--- local sync = require "braid.sync"
--- local condition = sync.Condition()
--- print(condition:try_acquire()) --> true
--- condition:release()
--- ```
---@return boolean acquired
---@return string? owner_died
function Condition:try_acquire() end

--- Gives the condition's lock back: `Lock:release`.
--- Does not wait.
--- ```lua
--- local sync = require "braid.sync"
--- local condition = sync.Condition()
--- condition:acquire()
--- condition:release()
--- print(condition:locked()) --> false
--- ```
function Condition:release() end

--- Does anybody own the condition's lock?
--- Does not wait.
--- ```lua
--- local sync = require "braid.sync"
--- local condition = sync.Condition()
--- print(condition:locked()) --> false
--- ```
---@return boolean
function Condition:locked() end

--- Takes the condition's lock for the rest of the block: `Lock:guard`.
--- Waits as `acquire` does.
--- ```lua
--- local sync = require "braid.sync"
--- local condition = sync.Condition()
--- do
---   local _ <close> = condition:guard()
---   print(condition:locked()) --> true
--- end
--- ```
---@return table guard to be closed
function Condition:guard() end

--- Calls `fn(...)` while the unit owns the lock: `Lock:with`.
--- Waits as `acquire` does.
--- ```lua
--- local sync = require "braid.sync"
--- local condition = sync.Condition()
--- print(condition:with(math.abs, -1)) --> 1
--- ```
---@param fn function
---@param ... any
---@return any ...
function Condition:with(fn, ...) end

--- Releases the lock, waits for a notification, and takes the lock again, whatever ended the wait.
--- Waits until it is notified. False when the time is up. Raises `invalid_state` when the unit does not own the lock,
--- `cancelled` in a cancelled unit, which owns the lock again by then.
--- ```lua
--- local sync = require "braid.sync"
--- local condition = sync.Condition()
--- condition:acquire()
--- print(condition:wait(0.01)) --> false
--- condition:release()
--- ```
---@param timeout? number seconds
---@return boolean notified
function Condition:wait(timeout) end

--- Waits until `predicate()` is true, which it asks with the lock held, and returns what it said
--- last.
--- Waits as `wait` does, again and again.
--- ```lua
--- local sync = require "braid.sync"
--- local condition = sync.Condition()
--- condition:acquire()
--- print(condition:wait_for(function() return 7 end)) --> 7
--- condition:release()
--- ```
---@param predicate function
---@param timeout? number seconds
---@return any
function Condition:wait_for(predicate, timeout) end

--- Wakes the n units that have waited longest, 1 unless said otherwise, or as many as there are.
--- Does not wait. Raises `invalid_state` when the unit does not own the lock.
--- ```lua
--- local sync = require "braid.sync"
--- local condition = sync.Condition()
--- condition:with(function() condition:notify() end)
--- print(pcall(condition.notify, condition) == false) --> true
--- ```
---@param n? integer
function Condition:notify(n) end

--- Wakes all who wait.
--- Does not wait. Raises `invalid_state` when the unit does not own the lock.
--- ```lua
--- local sync = require "braid.sync"
--- local condition = sync.Condition()
--- condition:with(condition.notify_all, condition)
--- ```
function Condition:notify_all() end

-- Barrier ----------------------------------------------------------------------------------------

--- Goes on when all parties have come, each with a number of its own.
--- Waits for the others. A time that is up breaks the barrier; a party that is cancelled or ends is
--- counted out. If that is the one that runs the action, another one of the round runs it from its
--- beginning. Raises `broken_barrier` in all who wait when it is broken, and in the one that runs the
--- action what that raises, which breaks it.
--- ```lua
--- local sync = require "braid.sync"
--- local ok, err = pcall(function() return sync.Barrier(2):wait(0.01) end)
--- print(ok, err.kind) --> false	broken_barrier
--- ```
---@param timeout? number seconds
---@return integer number from 0 to parties - 1
function Barrier:wait(timeout) end

--- Breaks the wait of those who are there; those who come begin anew.
--- Does not wait.
--- ```lua
--- local sync = require "braid.sync"
--- local barrier = sync.Barrier(2)
--- barrier:abort()
--- barrier:reset()
--- print(barrier.broken) --> false
--- ```
function Barrier:reset() end

--- Breaks the barrier until it is reset.
--- Does not wait.
--- ```lua
--- local sync = require "braid.sync"
--- local barrier = sync.Barrier(2)
--- barrier:abort()
--- print(barrier.broken) --> true
--- ```
function Barrier:abort() end

-- RWLock -----------------------------------------------------------------------------------------

--- Takes the lock to read.
--- Waits while a unit writes, or has waited longer to write. False when the time is up. A second result "owner_died" says that
--- a writer ended without releasing. Raises `deadlock` when the unit itself writes and waits without
--- end.
--- ```lua
--- local sync = require "braid.sync"
--- local lock = sync.RWLock()
--- print(lock:acquire_read()) --> true
--- lock:release_read()
--- ```
---@param timeout? number seconds
---@return boolean acquired
---@return string? owner_died
function RWLock:acquire_read(timeout) end

--- Gives back what `acquire_read` took.
--- Does not wait. Raises `invalid_state` when the unit does not read.
--- ```lua
--- local sync = require "braid.sync"
--- local lock = sync.RWLock()
--- lock:acquire_read()
--- lock:release_read()
--- print(lock:acquire_write(0)) --> true
--- lock:release_write()
--- ```
function RWLock:release_read() end

--- Takes the lock to write.
--- Waits while anybody else holds it. Results and errors are those of `acquire_read`.
--- ```lua
--- local sync = require "braid.sync"
--- local lock = sync.RWLock()
--- print(lock:acquire_write()) --> true
--- lock:release_write()
--- ```
---@param timeout? number seconds
---@return boolean acquired
---@return string? owner_died
function RWLock:acquire_write(timeout) end

--- Gives back what `acquire_write` took.
--- Does not wait. Raises `invalid_state` when the unit does not write.
--- ```lua
--- local sync = require "braid.sync"
--- local lock = sync.RWLock()
--- lock:acquire_write()
--- lock:release_write()
--- print(lock:acquire_read(0)) --> true
--- lock:release_read()
--- ```
function RWLock:release_write() end

--- Takes the lock to read for the rest of the block.
--- Waits as `acquire_read` does.
--- ```lua
--- local sync = require "braid.sync"
--- local lock = sync.RWLock()
--- do
---   local _ <close> = lock:read_guard()
---   print(lock:acquire_write(0)) --> false
--- end
--- ```
---@return table guard to be closed
function RWLock:read_guard() end

--- Takes the lock to write for the rest of the block.
--- Waits as `acquire_write` does.
--- ```lua
--- local sync = require "braid.sync"
--- local lock = sync.RWLock()
--- do
---   local _ <close> = lock:write_guard()
---   print(lock:acquire_read(0)) --> false
--- end
--- ```
---@return table guard to be closed
function RWLock:write_guard() end

-- WaitGroup --------------------------------------------------------------------------------------

--- Counts n more, 1 unless said otherwise; n may be negative.
--- Does not wait. Raises `invalid_state`, and changes nothing, when the count would fall below 0.
--- ```lua
--- local sync = require "braid.sync"
--- local group = sync.WaitGroup()
--- group:add(2)
--- print(group:wait(0)) --> false
--- ```
---@param n? integer
function WaitGroup:add(n) end

--- Counts one less: `add(-1)`.
--- Does not wait.
--- ```lua
--- local sync = require "braid.sync"
--- local group = sync.WaitGroup()
--- group:add()
--- group:done()
--- print(group:wait()) --> true
--- ```
function WaitGroup:done() end

--- Returns true as soon as the count is 0.
--- Waits while it is not. False when the time is up.
--- ```lua
--- local sync = require "braid.sync"
--- local group = sync.WaitGroup()
--- print(group:wait()) --> true
--- ```
---@param timeout? number seconds
---@return boolean
function WaitGroup:wait(timeout) end

-- Once -------------------------------------------------------------------------------------------

--- Calls `fn(...)` and returns what it returns, unless some unit has done that; then it returns
--- nothing. When `fn` raises, the next caller tries again.
--- Waits while another unit is at it. Raises `deadlock` inside itself.
--- ```lua
--- local sync = require "braid.sync"
--- local once = sync.Once()
--- print(once:call(function() return "made" end)) --> made
--- print(once:call(function() return "made again" end) == nil) --> true
--- ```
---@param fn function
---@param ... any
---@return any ...
function Once:call(fn, ...) end

return sync
