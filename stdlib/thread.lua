-- braid.thread, the Lua half: what is there beside the class (unit_class.lua). The arguments are the
-- C++ half, the class, and what else that file knows.
local core, Thread, class = ...

local check, is_callable, bad_argument = class.check, class.is_callable, class.bad_argument
local object_of = class.object_of

local thread = {TIMEOUT_MAX = math.huge, Thread = Thread, spawn = class.spawn}

-- Functions ----------------------------------------------------------------------------------

function thread.current_thread() return object_of(core.current()) end

function thread.main_thread() return object_of(core.main()) end

function thread.enumerate()
  local list, n = core.list()
  for i = 1, n do list[i] = object_of(list[i]) end
  return list
end

function thread.active_count()
  local _, n = core.list()
  return n
end

function thread.get_ident() return core.get(core.current(), "ident") end

-- Timer --------------------------------------------------------------------------------------

local Timer = Thread:extend "Timer"
thread.Timer = Timer

-- Timer(seconds, fn[, args[, kwargs]]): a thread that calls fn after that time.
function Timer:init(seconds, fn, args, kwargs)
  if type(seconds) ~= "number" then
    bad_argument(1, "Timer", "number expected, got %s", type(seconds))
  end
  if seconds ~= seconds then bad_argument(1, "Timer", "number expected, got nan") end
  if not is_callable(fn) then bad_argument(2, "Timer", "function expected, got %s", type(fn)) end
  for i, value in pairs {[3] = args, [4] = kwargs} do
    if type(value) ~= "table" then
      bad_argument(i, "Timer", "table expected, got %s", type(value))
    end
  end
  Thread.init(self, {target = fn, args = args, kwargs = kwargs})
  self.seconds = seconds
  self.finished = require("braid.sync").Event()
end

function Timer:run()
  if self.finished:wait(self.seconds) then return end
  self.finished:set()
  return Thread.run(self)
end

-- Before it has fired: the call does not happen.
function Timer:cancel()
  check(self, "cancel")
  self.finished:set()
end

return thread
