---@meta braid.progress
-- The reference of braid.progress: bars and spinners at the bottom of the terminal. Nothing is loaded
-- from here; see task.meta.lua for what an entry has.

---@class braid.progress
local progress = {}

--- A bar that shows how much of something is done, how fast it goes, and how long the rest will take.
--- It is drawn on stderr if that is a terminal, and otherwise nothing is. What `print`, `io.write`
--- and files write to the terminal meanwhile, in any thread or process, stands above it; the same
--- goes for error reports. It is redrawn ten times a second at most.
---
--- `source` says what it is about. A number is how much there is to do: `update` says how much has
--- been done, or a loop over the bar counts from 1. With a list or an iterator a loop over the bar
--- goes through that, and each item counts when its body has ended. An iterator may come with its
--- state, control and closing value, as `pairs(t)` returns them; options are then the argument
--- behind the fourth, or else the second. The loop closes the bar, however it ends.
---
--- Options: `desc`, a text before the bar; `total`, how many items an iterator has, which otherwise
--- are only counted; `leave = false`, nothing of it stays when it is closed. At most eight lines are
--- drawn at a time, of all units.
--- Does not wait; a step of the loop does if the iterator does. Raises `bad argument` for a number
--- that is negative or nan and for unknown options. Term: Python's `tqdm`.
--- ```lua
--- local progress = require "braid.progress"
--- local sum = 0
--- for x in progress.bar({ 10, 20, 30 }, { desc = "adding" }) do sum = sum + x end
--- print(sum) --> 60
---
--- local task = require "braid.task"
--- local work = { { task.sleep, 0.02, "late" }, { task.sleep, 0, "soon" } }
--- for t in progress.bar(task.as_completed(work), { total = #work }) do print(t:result()) end
--- --> soon
--- --> late
--- ```
---@param source number|table|function a number, a list, or an iterator
---@param ... any options; or state, control and closing value of the iterator, then options
---@return braid.Bar bar and what else a `for` takes
function progress.bar(source, ...) end

--- A text with a mark that turns in front of it, ten times a second, until it is closed. It turns by
--- itself, whatever its thread does; on a terminal only, as a bar. Nothing of it stays.
--- Does not wait. Raises `bad argument` for what is no string.
--- ```lua
--- local progress = require "braid.progress"
--- do
---   local spinner <close> = progress.spinner "computing"
---   for _ = 1, 1000 do math.random() end
--- end
--- print "done" --> done
--- ```
---@param text string?
---@return braid.Spinner
function progress.spinner(text) end

--- A bar. May be a `<close>` variable. Sent to another unit it is the same bar there; it ends when the
--- one that made it closes or loses it.
---@class braid.Bar
local Bar = {}

--- So much more has been done. Any unit that has the bar may call it. After `close` it has no effect.
--- Does not wait. Raises `bad argument` for what is no number and for nan.
--- ```lua
--- local progress, thread = require "braid.progress", require "braid.thread"
--- local bar <close> = progress.bar(4, { desc = "bytes" })
--- bar:update()
--- thread.spawn(function() bar:update(3) end):join()
--- ```
---@param n number? 1 unless given; may be negative
function Bar:update(n) end

--- Another text before the bar.
--- Does not wait. Raises `bad argument` for what is no string.
--- ```lua
--- local progress = require "braid.progress"
--- local bar <close> = progress.bar(2, { desc = "first" })
--- bar:describe "second"
--- ```
---@param text string
function Bar:describe(text) end

--- Draws the bar a last time and leaves it where it is, as a line of the output, or takes it away
--- (`leave = false`). Once is enough.
--- Does not wait.
--- ```lua
--- local progress = require "braid.progress"
--- local bar = progress.bar(1)
--- bar:update()
--- bar:close()
--- ```
function Bar:close() end

--- A spinner. May be a `<close>` variable.
---@class braid.Spinner
local Spinner = {}

--- Another text.
--- Does not wait. Raises `bad argument` for what is no string.
--- ```lua
--- local progress = require "braid.progress"
--- local spinner <close> = progress.spinner "reading"
--- spinner:describe "writing"
--- ```
---@param text string
function Spinner:describe(text) end

--- Takes it away. Once is enough.
--- Does not wait.
--- ```lua
--- local progress = require "braid.progress"
--- local spinner = progress.spinner "working"
--- spinner:close()
--- ```
function Spinner:close() end

return progress
