-- braid.task: asyncio's event loop as a façade. A thread has one scheduler, which runs whenever a
-- unit waits; a Loop is a way of speaking to it in the words of the documents.
local task, core = ...

local time = require "braid.time"

local Loop = {__name = "Loop"}
Loop.__index = Loop

local current -- what get_event_loop() returns

local function state_error(message) error(core.new_error("invalid_state", message), 0) end

local function check(loop, name)
  if getmetatable(loop) ~= Loop then
    core.bad_argument(1, name, "Loop expected, got " .. type(loop))
  end
end

local function check_open(loop, name)
  check(loop, name)
  if loop.closed then state_error("the loop is closed") end
end

function task.new_event_loop()
  return setmetatable({depth = 0, closed = false}, Loop)
end

-- The thread's loop; a new one when that has been closed.
function task.get_event_loop()
  if current == nil or current.closed then current = task.new_event_loop() end
  return current
end

local Running = {__close = function(self) self.loop.depth = self.loop.depth - 1 end}

-- Runs until the watch has something or the loop is stopped.
local function run(loop, watch)
  loop.depth = loop.depth + 1
  local _ <close> = setmetatable({loop = loop}, Running)
  loop.watch = watch
  return watch:next()
end

function Loop:run_until_complete(x)
  check_open(self, "run_until_complete")
  local watch <close> = core.watch("own")
  local t = core.start_in(watch, x, 1, "run_until_complete")
  if run(self, watch) == nil then state_error("the loop was stopped before the task was done") end
  return t:result(0)
end

function Loop:run_forever()
  check_open(self, "run_forever")
  local watch <close> = core.watch("look")
  run(self, watch)
end

function Loop:stop()
  check(self, "stop")
  if self.depth > 0 then self.watch:stop() end
end

function Loop:close()
  check(self, "close")
  if self.depth > 0 then state_error("cannot close a running loop") end
  self.closed = true
end

function Loop:create_task(fn, ...)
  check_open(self, "create_task")
  core.check_callable(fn, 1, "create_task")
  return task.spawn(fn, ...)
end

function Loop:run_in_executor(executor, fn, ...)
  check_open(self, "run_in_executor")
  core.check_callable(fn, 2, "run_in_executor")
  return task.run_in_executor(executor, fn, ...)
end

function Loop:call_soon(fn, ...)
  check_open(self, "call_soon")
  core.check_callable(fn, 1, "call_soon")
  return time.after(0, fn, ...)
end

function Loop:call_later(seconds, fn, ...)
  check_open(self, "call_later")
  core.check_number(seconds, 1, "call_later")
  core.check_callable(fn, 2, "call_later")
  return time.after(seconds, fn, ...)
end

-- `moment` is one of Loop:time().
function Loop:call_at(moment, fn, ...)
  check_open(self, "call_at")
  core.check_number(moment, 1, "call_at")
  core.check_callable(fn, 2, "call_at")
  return time.after(moment - time.monotonic(), fn, ...)
end

function Loop:time()
  check(self, "time")
  return time.monotonic()
end

function Loop:is_running()
  check(self, "is_running")
  return self.depth > 0
end

function Loop:is_closed()
  check(self, "is_closed")
  return self.closed
end
