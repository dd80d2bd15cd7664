-- braid.sync, the Lua half: what is built from acquiring and releasing.
-- The arguments are what only this file calls and the metatables of the classes (sync.cpp). The
-- result is the function that finds a barrier's action.
local core, classes = ...

-- Errors name a function by what it is called here: hence the names of some locals below.
local function check_callable(n, name, value)
  local meta = debug.getmetatable(value)
  if type(value) == "function" or type(meta) == "table" and rawget(meta, "__call") then return end
  error(("bad argument #%d to '%s' (function expected, got %s)"):format(n, name,
    value == nil and "no value" or type(value)), 3)
end

-- Guards -------------------------------------------------------------------------------------

-- Holds something until its block is left. It is made first and filled when the thing is held, so
-- that a lack of memory leaves nothing held.
local Guard = {__name = "Guard"}

function Guard:__close(err)
  local object = self.object
  self.object = false
  -- A wait for a Condition that nothing can end has lost the lock. What it raised is the error.
  if not object or err ~= nil and not core.is_held(object) then return end
  self.release(object)
end

local function hold(object, acquire, release)
  local guard = setmetatable({object = false, release = release}, Guard)
  acquire(object)
  guard.object = object
  return guard
end

for _, name in ipairs {"Lock", "Condition", "Semaphore"} do
  local class = classes[name]

  function class:guard()
    return hold(self, class.acquire, class.release)
  end

  function class:with(fn, ...)
    check_callable(1, "with", fn)
    local _ <close> = hold(self, class.acquire, class.release)
    return fn(...)
  end
end

local RWLock = classes.RWLock

function RWLock:read_guard() return hold(self, RWLock.acquire_read, RWLock.release_read) end

function RWLock:write_guard() return hold(self, RWLock.acquire_write, RWLock.release_write) end

-- Condition ----------------------------------------------------------------------------------

local Condition = classes.Condition
local monotonic = require "braid.time".monotonic

local function check_seconds(n, name, value)
  if type(value) ~= "number" then
    error(("bad argument #%d to '%s' (number expected, got %s)"):format(n, name, type(value)), 3)
  elseif value ~= value then
    error(("bad argument #%d to '%s' (number expected, got nan)"):format(n, name), 3)
  end
end

function Condition:wait_for(predicate, timeout)
  local wait = Condition.wait
  wait(self, 0)  -- does not wait; says when this is no Condition, or the lock is not held
  check_callable(1, "wait_for", predicate)
  if timeout ~= nil then check_seconds(2, "wait_for", timeout) end
  local deadline = timeout and monotonic() + timeout
  local result = predicate()
  while not result do
    local left = deadline and deadline - monotonic()
    if left and left <= 0 then break end
    wait(self, left)
    result = predicate()
  end
  return result
end

-- Once ---------------------------------------------------------------------------------------

-- One try: it has failed unless it says something else before its block is left.
local Try = {}

function Try:__close()
  if self.once then core.once_leave(self.once, false) end
end

local function succeed(try, ...)
  core.once_leave(try.once, true)
  try.once = false
  return ...
end

function classes.Once:call(fn, ...)
  local call = core.once_done
  local done = call(self)
  check_callable(1, "call", fn)
  if done then return end
  local try <close> = setmetatable({once = false}, Try)
  if not core.once_enter(self) then return end
  try.once = self
  return succeed(try, fn(...))
end

-- Barrier ------------------------------------------------------------------------------------

-- The state that made a barrier runs its action as the function that it is; any other one decodes a
-- copy, once. Handles of one barrier in one state share it: they find it by their text, which is
-- the barrier's as long as one of them lives.
local by_handle = setmetatable({}, {__mode = "k"})
local by_text = setmetatable({}, {__mode = "v"})

local function find_action(barrier, action)
  local kept = by_handle[barrier]
  if kept then return kept.action end
  local text = tostring(barrier)
  kept = by_text[text] or {action = action or core.barrier_load(barrier)}
  by_text[text], by_handle[barrier] = kept, kept
  return kept.action
end

return find_action
