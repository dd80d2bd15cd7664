---@meta braid.time
-- The reference of braid.time: clocks, sleeping, and timers that call a function later. Nothing is
-- loaded from here; see task.meta.lua for what an entry has.

---@class braid.time
local time = {}

--- Suspends the calling unit for at least that long, never less: the same function as `task.sleep`.
--- Waits. With 0 or less it joins the end of the ready queue. Raises `cancelled` in a cancelled
--- unit, `bad argument` for nan. Term: Python's `time.sleep`.
--- ```lua
--- local time = require "braid.time"
--- local start = time.monotonic()
--- time.sleep(0.01)
--- print(time.monotonic() - start >= 0.01) --> true
--- ```
---@param seconds number
---@param value any
---@return any value the second argument
function time.sleep(seconds, value) end

--- The time of day: seconds since 1970, with a fraction. It jumps when somebody sets the clock.
--- Does not wait. Term: Python's `time.time`.
--- ```lua
--- local time = require "braid.time"
--- print(os.date("%Y", math.floor(time.time())) == os.date "%Y") --> true
--- ```
---@return number seconds
function time.time() end

--- Seconds of the clock that waits are measured with. It never goes back; where it begins means
--- nothing.
--- Does not wait. Term: Python's `time.monotonic`.
--- ```lua
--- local time = require "braid.time"
--- local before = time.monotonic()
--- print(time.monotonic() >= before) --> true
--- ```
---@return number seconds
function time.monotonic() end

--- The clock for measuring how long something takes: the same as `monotonic`.
--- Does not wait. Term: Python's `time.perf_counter`.
--- ```lua
--- local time = require "braid.time"
--- local start = time.perf_counter()
--- string.rep("x", 1000)
--- print(time.perf_counter() - start < 60) --> true
--- ```
---@return number seconds
function time.perf_counter() end

--- Calls `fn(...)` once, as a task of its own, after at least that long. Timers that are due go in
--- order of their moment, then of creation. A pending timer keeps the program going. An error of
--- `fn` is reported on stderr at once.
--- Does not wait. Raises `bad argument` for nan and for what cannot be called. Term: Go's
--- `time.AfterFunc`; asyncio's `call_later`.
--- ```lua
--- local time = require "braid.time"
--- time.after(0.01, print, "the program ends after this") --> the program ends after this
--- ```
---@param seconds number
---@param fn function
---@param ... any the arguments of `fn`
---@return braid.Timer
function time.after(seconds, fn, ...) end

--- Calls `fn(...)` every `seconds`, each time as a task of its own, until it is cancelled. The next
--- moment counts from the last one, so the rate does not drift; moments that were missed because
--- the thread was busy are left out. A call that takes longer than the interval does not hold up
--- the next one.
--- Does not wait. Raises `bad argument` unless `seconds` is positive.
--- ```lua
--- local time = require "braid.time"
--- local count, timer = 0, nil
--- timer = time.every(0.005, function()
---   count = count + 1
---   if count == 3 then print(count, timer:cancel()) end
--- end) --> 3	true
--- ```
---@param seconds number
---@param fn function
---@param ... any the arguments of `fn`
---@return braid.Timer
function time.every(seconds, fn, ...) end

--- A call that is due later. May be a `<close>` variable: leaving the block cancels it. Dropping
--- the handle does not.
---@class braid.Timer
local Timer = {}

--- The call will not be made, or not again; one that has begun goes on.
--- Does not wait. Term: asyncio's `TimerHandle.cancel`.
--- ```lua
--- local time = require "braid.time"
--- local timer = time.after(60, print, "never printed")
--- print(timer:cancel(), timer:cancel()) --> true	false
--- ```
---@return boolean was_pending
function Timer:cancel() end

--- Is the call, or the next one, still to come?
--- Does not wait.
--- ```lua
--- local time = require "braid.time"
--- local timer = time.after(0.01, print, "now")
--- print(timer:pending()) --> true
--- time.sleep(0.05) --> now
--- print(timer:pending()) --> false
--- ```
---@return boolean
function Timer:pending() end

return time
