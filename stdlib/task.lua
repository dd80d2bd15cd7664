-- braid.task, the Lua half: what is built from spawning, joining, cancelling and watching.
-- The argument is the C++ half (task.cpp, scopes.cpp, watch.cpp).
local core = ...

local getinfo, getmetatable_of = debug.getinfo, debug.getmetatable
local monotonic = require("braid.time").monotonic
local is_task, is_kind, new_error = core.is_task, core.is_kind, core.new_error
local is_future = core.is_future
local is_unit = core.is_unit -- a Process or Thread

local task = {
  FIRST_COMPLETED = "FIRST_COMPLETED",
  FIRST_EXCEPTION = "FIRST_EXCEPTION",
  ALL_COMPLETED = "ALL_COMPLETED",
  spawn = core.spawn,
  create_task = core.spawn,
  ensure_future = core.spawn,
  sleep = core.sleep,
  yield = core.yield,
  timeout = core.timeout,
  current_task = core.current_task,
  all_tasks = core.all_tasks,
}

-- Raised where the script called into this module, as an error of a C function would be.
local function bad_argument(n, name, what)
  local level = 2
  local frame = getinfo(level, "S")
  while frame and frame.source == "=braid.task" do
    level = level + 1
    frame = getinfo(level, "S")
  end
  error(("bad argument #%d to '%s' (%s)"):format(n, name, what), level)
end
core.bad_argument = bad_argument

local function expected(what, value)
  return ("%s expected, got %s"):format(what, type(value))
end

local function is_callable(value)
  if type(value) == "function" then return true end
  local meta = getmetatable_of(value)
  return meta ~= nil and meta.__call ~= nil and not is_task(value)
end

function core.check_callable(value, n, name)
  if not is_callable(value) then bad_argument(n, name, expected("function", value)) end
end

-- Of all threads, with an end of its own.
local function is_shared(value) return is_unit(value) or is_future(value) end

-- What may be awaited: a Task as it is, or a unit or Future; a function or {fn, args...} starts as one.
local function awaitable(value)
  return is_task(value) or is_callable(value) or is_shared(value) or
    (type(value) == "table" and is_callable(value[1]))
end

-- For a unit or a future, a task that ends with it.
local function as_task(value)
  if is_task(value) then return value end
  if is_shared(value) then return core.spawn(value.join, value) end
  if is_callable(value) then return core.spawn(value) end
  return core.spawn(table.unpack(value, 1, value.n or #value))
end

-- A unit that nobody can wait for raises what its methods do.
local function check_unit(value)
  if is_unit(value) then value:join(0) end
end

-- Checks everything before anything is started.
local function check_list(list, n, name)
  if type(list) ~= "table" then bad_argument(n, name, expected("table", list)) end
  for i = 1, #list do
    local value = list[i]
    if not is_task(value) then
      if not awaitable(value) then
        bad_argument(n, name, ("Task, Future or function expected at index %d, got %s")
          :format(i, type(value)))
      end
      check_unit(value)
    end
  end
end

function core.check_number(value, n, name)
  if type(value) ~= "number" then bad_argument(n, name, expected("number", value)) end
  if value ~= value then bad_argument(n, name, "number expected, got nan") end
end

-- A timeout may be nil.
local function check_time(seconds, n, name)
  if seconds ~= nil then core.check_number(seconds, n, name) end
end

-- The tasks, and what the script has of each: that, or its unit or future.
local function start_all(list)
  local tasks, handles = {}, {}
  for i = 1, #list do
    local value = list[i]
    tasks[i] = as_task(value)
    handles[i] = tasks[i] ~= value and is_shared(value) and value or tasks[i]
  end
  return tasks, handles
end

-- {tasks, handles, watch?}: when the look at them ends, what stands for a unit or future is of no use
-- any more.
local Looking = {__close = function(self)
  local tasks, handles, _ <close> = self[1], self[2], self[3]
  for i = 1, #tasks do
    if tasks[i] ~= handles[i] then tasks[i]:cancel() end
  end
end}

local function has_failed(handle)
  if is_future(handle) then return core.future_failed(handle) end
  if is_unit(handle) then return core.unit_failed(handle) end
  return core.failed(handle)
end

local function watch_all(tasks)
  local watch = core.watch("look")
  for i = 1, #tasks do watch:add(tasks[i]) end
  return watch
end

-- When the wait for a unit is cancelled, so is the unit, as a task would be.
local Stop = {__close = function(self)
  local unit = self[1]
  if unit:done() then return end
  unit:cancel()
  task.shield(unit.join, unit)
end}

local function await(unit)
  local _ <close> = setmetatable({unit}, Stop)
  return unit:result()
end

-- Starts `value` under a watch that owns it: should starting fail, nothing is left running.
local function start_in(watch, value)
  if is_task(value) then
    watch:add(value)
    return value
  end
  if is_future(value) then return watch:spawn(core.await, value) end
  if is_unit(value) then return watch:spawn(await, value) end
  if is_callable(value) then return watch:spawn(value) end
  return watch:spawn(table.unpack(value, 1, value.n or #value))
end

-- A function that says how much of a timeout is left.
local function countdown(seconds)
  if seconds == nil then return function() end end
  local limit = monotonic() + seconds
  return function() return math.max(0, limit - monotonic()) end
end

-- Waits for a task that belongs to the caller: when the caller is cancelled so is the task, and the
-- caller goes on when it has unwound.
function task.run(fn, ...)
  if is_task(fn) then bad_argument(1, "run", "function expected, got Task") end
  if not is_callable(fn) then bad_argument(1, "run", expected("function", fn)) end
  local watch <close> = core.watch("own")
  local t = watch:spawn(fn, ...)
  watch:next()
  return t:result(0)
end

function task.gather(...)
  local count = select("#", ...)
  local items = {...}
  local last = items[count]
  local return_exceptions = false
  if type(last) == "table" and not awaitable(last) and last[1] == nil then
    if last.return_exceptions == nil then
      bad_argument(count, "gather", "Task, Future or function expected, got table")
    end
    return_exceptions = last.return_exceptions
    count = count - 1
  end
  for i = 1, count do
    if not awaitable(items[i]) then
      bad_argument(i, "gather", expected("Task, Future or function", items[i]))
    end
  end
  for i = 1, count do check_unit(items[i]) end
  local results = {n = count}
  local watch <close> = core.watch(return_exceptions and "own" or "fail_fast")
  for i = 1, count do start_in(watch, items[i]) end
  for _ = 1, count do
    local i, done = watch:next()
    if not return_exceptions then
      results[i] = done:result(0) -- the first error leaves here; the rest is cancelled already
    elseif done:cancelled() then
      results[i] = select(2, pcall(done.result, done, 0))
    elseif core.failed(done) then
      results[i] = core.take_error(done) -- which may be nil
    else
      results[i] = done:result(0)
    end
  end
  return results
end

function task.wait(list, options)
  check_list(list, 1, "wait")
  if options ~= nil and type(options) ~= "table" then
    bad_argument(2, "wait", expected("table", options))
  end
  local seconds = options and options.timeout
  local mode = options and options.return_when or task.ALL_COMPLETED
  check_time(seconds, 2, "wait")
  if task[mode] ~= mode or type(mode) ~= "string" then
    bad_argument(2, "wait", "invalid return_when '" .. tostring(mode) .. "'")
  end
  local tasks, handles = start_all(list)
  local left = countdown(seconds)
  do
    local _ <close> = setmetatable({tasks, handles}, Looking)
    local watch <close> = watch_all(tasks)
    for _ = 1, #tasks do
      local i = watch:next(left())
      if i == nil or mode == task.FIRST_COMPLETED then break end
      if mode == task.FIRST_EXCEPTION and has_failed(handles[i]) then break end
    end
  end
  local finished, pending = {}, {}
  for i = 1, #handles do
    local into = handles[i]:done() and finished or pending
    into[#into + 1] = handles[i]
  end
  return finished, pending
end

function task.joinall(list, seconds)
  check_list(list, 1, "joinall")
  check_time(seconds, 2, "joinall")
  local handles = {}
  for i = 1, #list do
    local value = list[i]
    if not is_task(value) and not is_shared(value) then value = as_task(value) end
    handles[i] = value
  end
  local left = countdown(seconds)
  local all = true
  for i = 1, #handles do all = handles[i]:join(left()) and all end
  return all
end

function task.as_completed(list, seconds)
  check_list(list, 1, "as_completed")
  check_time(seconds, 2, "as_completed")
  local tasks, handles = start_all(list)
  local left = countdown(seconds)
  local watch = watch_all(tasks)
  local to_come = #tasks
  local function next_done()
    if to_come == 0 then return nil end
    local i = watch:next(left())
    if i == nil then error(new_error("timeout", "timeout"), 0) end
    to_come = to_come - 1
    return handles[i]
  end
  return next_done, nil, nil, setmetatable({tasks, handles, watch}, Looking)
end

function task.wait_for(x, seconds)
  if not awaitable(x) then bad_argument(1, "wait_for", expected("Task, Future or function", x)) end
  check_time(seconds, 2, "wait_for")
  check_unit(x)
  local watch <close> = core.watch("own")
  local t = start_in(watch, x)
  local deadline <close> = core.cancel_at(t, seconds)
  watch:next()
  if deadline:expired() and t:cancelled() then error(new_error("timeout", "timeout"), 0) end
  return t:result(0)
end

function task.shield(x, ...)
  if not awaitable(x) then bad_argument(1, "shield", expected("Task, Future or function", x)) end
  local cancelled = core.cancelled()
  if is_unit(x) and not cancelled then return x:result() end
  local t
  if is_shared(x) then
    t = core.spawn(x.result, x)
  elseif is_callable(x) then
    t = core.spawn(x, ...)
  else
    t = as_task(x)
  end
  -- Whoever is cancelled already cleans up, and may wait for it.
  if cancelled then
    core.join_shielded(t)
    return t:result(0)
  end
  return t:result()
end

-- Executors ----------------------------------------------------------------------------------

local default_executor -- of this thread

-- The work is cancelled when a wait for its result is.
function task.run_in_executor(executor, fn, ...)
  local pool = require "braid.pool"
  if executor == nil then
    if not is_callable(fn) then bad_argument(2, "run_in_executor", expected("function", fn)) end
    if default_executor == nil then
      local workers = math.min(32, require("braid.process").cpu_count() + 4)
      default_executor =
        pool.ThreadPoolExecutor{max_workers = workers, thread_name_prefix = "Executor"}
    end
    executor = default_executor
  elseif not pool.__is_executor(executor) then
    bad_argument(1, "run_in_executor", expected("Executor", executor))
  end
  return core.follow(executor:submit(fn, ...))
end

function task.to_thread(fn, ...)
  if not is_callable(fn) then bad_argument(1, "to_thread", expected("function", fn)) end
  return task.run_in_executor(nil, fn, ...)
end

-- Groups -------------------------------------------------------------------------------------

local Group = {__name = "Group"}
Group.__index = Group

function task.group()
  return setmetatable({watch = core.watch("group"), state = "open"}, Group)
end

-- Moves what has ended from the watch to the group: failures are kept, the rest is forgotten.
local function sort_out(group)
  local failures = group.failures
  while true do
    local i, done = group.watch:next(0)
    if i == nil then return end
    if core.failed(done) then
      failures = failures or {}
      failures[#failures + 1] = done
      group.failures = failures
    end
  end
end

local function check_group(group, name)
  if getmetatable(group) ~= Group then bad_argument(1, name, expected("Group", group)) end
end

function Group:spawn(fn, ...)
  check_group(self, "spawn")
  if not is_callable(fn) then bad_argument(1, "spawn", expected("function", fn)) end
  if self.state == "finished" then
    error(new_error("invalid_state", "the group is finished"), 0)
  end
  sort_out(self)
  if self.state == "cancelled" or self.failures then
    error(new_error("invalid_state", "the group is shutting down"), 0)
  end
  return self.watch:spawn(fn, ...)
end

function Group:cancel()
  check_group(self, "cancel")
  if self.state ~= "open" then return end
  sort_out(self)
  self.state = "cancelled"
  -- What fails while it is cancelled is reported as an error that nobody takes.
  self.before_cancel = self.failures or {}
  self.watch:forgive()
  self.watch:cancel()
end

-- The one error that stands for all, with the tracebacks of the first failed tasks. `errors` has a
-- field n: any of them may be nil.
local function joined(errors, failures)
  local tracebacks = {}
  for i = 1, math.min(#failures, 5) do tracebacks[#tracebacks + 1] = failures[i]:traceback() end
  local traceback = table.concat(tracebacks, "\nand in another one, ")
  if errors.n == 1 then
    core.set_origin(errors[1], traceback)
    return errors[1]
  end
  local texts = {}
  for i = 1, errors.n do texts[i] = tostring(errors[i]) end
  local failure = new_error("group",
    ("%d errors in a group: %s"):format(errors.n, table.concat(texts, "; ")))
  failure.errors = errors
  core.set_origin(failure, traceback)
  return failure
end

function Group:__close(failure)
  if self.state == "finished" then return end
  local watch = self.watch
  local by_child = watch:leave_block()
  if failure ~= nil then watch:cancel() end
  local interrupted = watch:settle()
  sort_out(self)
  local failures = self.before_cancel or self.failures or {}
  self.state = "finished"
  -- The body was cancelled: because of a child, or with its unit. Neither is an error of its own.
  local errors = {n = 0}
  if failure ~= nil and not ((by_child or core.cancelled()) and is_kind(failure, "cancelled")) then
    errors.n, errors[1] = 1, failure
  end
  local own = errors.n
  for _, failed in ipairs(failures) do
    errors.n = errors.n + 1
    errors[errors.n] = core.take_error(failed)
  end
  if errors.n > own then error(joined(errors, failures), 0) end
  if failure == nil and interrupted then core.checkpoint() end
end

-- Task-local storage -------------------------------------------------------------------------

local Local = {__name = "Local"}
local main = {} -- stands for the main chunk
local storage = setmetatable({}, {__mode = "k"}) -- Local -> (task -> fields)

local function fields(self, make)
  local by_task = storage[self]
  local key = core.current_task() or main
  local found = by_task[key]
  if found == nil and make then
    found = {}
    by_task[key] = found
  end
  return found
end

function Local:__index(key)
  local found = fields(self)
  return found and found[key]
end

function Local:__newindex(key, value)
  if key == nil then error("index is nil", 2) end
  if key ~= key then error("index is NaN", 2) end
  fields(self, true)[key] = value
end

function Local:__pairs() return next, fields(self) or {}, nil end

function task.Local()
  local self = setmetatable({}, Local)
  storage[self] = setmetatable({}, {__mode = "k"})
  return self
end

-- For the loop façade.
function core.start_in(watch, x, n, name)
  if not awaitable(x) then bad_argument(n, name, expected("Task, Future or function", x)) end
  return start_in(watch, x)
end

return task
