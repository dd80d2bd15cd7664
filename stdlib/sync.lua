-- braid.sync, the Lua half: what is built from acquiring, releasing and waiting.
-- The arguments are the module and the metatables of its classes (sync.cpp).
local _, classes = ...

local function is_callable(value)
  if type(value) == "function" then return true end
  local meta = debug.getmetatable(value)
  return meta ~= nil and meta.__call ~= nil
end

local function check_callable(value, n, name)
  if is_callable(value) then return end
  error(("bad argument #%d to '%s' (function expected, got %s)"):format(n, name, type(value)), 3)
end

-- A guard holds something until its block is left.
local Guard = {__name = "Guard"}

function Guard:__close() self.object[self.release](self.object) end

local function hold(object, release)
  return setmetatable({object = object, release = release}, Guard)
end

local function add_guard(class, guard, acquire, release)
  class[guard] = function(self)
    self[acquire](self)
    return hold(self, release)
  end
end

local function add_with(class)
  function class:with(fn, ...)
    check_callable(fn, 1, "with")
    self:acquire()
    local _ <close> = hold(self, "release")
    return fn(...)
  end
end

for _, name in ipairs {"Lock", "Semaphore", "Condition"} do
  add_guard(classes[name], "guard", "acquire", "release")
  add_with(classes[name])
end
add_guard(classes.RWLock, "read_guard", "acquire_read", "release_read")
add_guard(classes.RWLock, "write_guard", "acquire_write", "release_write")

-- Condition ----------------------------------------------------------------------------------

local Condition = classes.Condition
local lock_of = Condition.lock
Condition.lock = nil

for _, name in ipairs {"acquire", "try_acquire", "release", "locked"} do
  Condition[name] = function(self, ...)
    local lock = lock_of(self)
    return lock[name](lock, ...)
  end
end

-- Waits until the predicate holds, and returns what it said last.
function Condition:wait_for(predicate, seconds)
  check_callable(predicate, 1, "wait_for")
  local clock = require("braid.time").monotonic
  local limit = seconds and clock() + seconds
  local result = predicate()
  while not result do
    local left = limit and limit - clock()
    if left and left <= 0 then break end
    self:wait(left)
    result = predicate()
  end
  return result
end

-- Barrier ------------------------------------------------------------------------------------

local Barrier = classes.Barrier
local arrive, finish_action, action_of, state_of =
  Barrier.arrive, Barrier.finish_action, Barrier.action, Barrier.state
Barrier.arrive, Barrier.finish_action, Barrier.action, Barrier.state = nil, nil, nil, nil

-- Breaks the barrier when the action does not get to its end.
local Acting = {__close = function(self) if not self.finished then self.barrier:abort() end end}

function Barrier:wait(seconds)
  local number, generation = arrive(self, seconds)
  if number then return number end
  local acting <close> = setmetatable({barrier = self}, Acting)
  action_of(self)()
  acting.finished = true
  return finish_action(self, generation)
end

function Barrier:__index(key)
  if key == "parties" then return (state_of(self)) end
  if key == "n_waiting" then return (select(2, state_of(self))) end
  if key == "broken" then return (select(3, state_of(self))) end
  return Barrier[key]
end

-- Once ---------------------------------------------------------------------------------------

local Once = classes.Once
local begin, finish = Once.begin, Once.finish
Once.begin, Once.finish = nil, nil

local Running = {__close = function(self) if not self.done then finish(self.once, false) end end}

local function finish_with(running, ...)
  running.done = true
  finish(running.once, true)
  return ...
end

-- Runs fn, unless that has been done; whoever comes meanwhile waits for it.
function Once:call(fn, ...)
  check_callable(fn, 1, "call")
  if not begin(self) then return end
  local running <close> = setmetatable({once = self}, Running)
  return finish_with(running, fn(...))
end
