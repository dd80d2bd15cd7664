-- Units of every kind for the specs of what units share: the same test over tasks, tasks that wait
-- where Lua cannot yield, threads, and tasks and threads mixed on one object.
-- What is spawned may be sent to another thread: it uses its arguments, upvalues that can be
-- copied, and modules of braid, and tells the test what it saw by its results.

local task = require "braid.task"
local support = require "support"

local has_threads, thread = pcall(require, "braid.thread")

local units = {}

-- Runs fn(...) in the comparator of a sort, which cannot yield.
local function in_comparator(fn, ...)
  local arguments, results = table.pack(...), nil
  table.sort({ 2, 1 }, function(a, b)
    results = results or table.pack(fn(table.unpack(arguments, 1, arguments.n)))
    return a < b
  end)
  return table.unpack(results, 1, results.n)
end

local spawners = {
  { "task", task.spawn },
  { "comparator", function(fn, ...) return task.spawn(in_comparator, fn, ...) end },
}
if has_threads then
  local turn = 0
  spawners[#spawners + 1] = { "thread", thread.spawn }
  spawners[#spawners + 1] = { "mixed", function(...)
    turn = turn + 1
    return (turn % 2 == 0 and task or thread).spawn(...)
  end }
end

-- Calls body(kind, spawn) for each kind; spawn(fn, ...) starts a unit with join, result and cancel.
function units.each(body)
  for _, one in ipairs(spawners) do body(one[1], one[2]) end
end

-- How many units wait for `what`, a text of braid.units().
function units.waiting(what)
  local count = 0
  for _, unit in ipairs(require "braid.units"()) do
    if unit.state == "waiting" and unit.waits_for == what then count = count + 1 end
  end
  return count
end

-- Waits until it is that many.
function units.meet_waiting(count, what)
  support.meet(function() return units.waiting(what) == count end)
end

-- The results of each unit, in order.
function units.results(list)
  local results = {}
  for i, unit in ipairs(list) do results[i] = unit:result() end
  return results
end

return units
