-- braid.thread, the Lua half: the classes. A thread is a table that holds the handle of what the C++
-- half knows (thread.cpp), so that a script can hang fields of its own in it. The arguments are that
-- half: functions on handles, and methods.
--
-- Threads and classes travel: what they have for metamethods are functions of this module, which
-- every thread has. So none of them may be a local of another function.
local core, methods = ...

local getinfo = debug.getinfo

local thread = {TIMEOUT_MAX = math.huge}

-- Raised where the script called into this module, as an error of a C function would be.
local function blame(message, ...)
  local level = 2
  local frame = getinfo(level, "S")
  while frame and frame.source == "=braid.thread" do
    level = level + 1
    frame = getinfo(level, "S")
  end
  error(message:format(...), level)
end

local function bad_argument(n, name, what, ...)
  blame("bad argument #%d to '%s' (%s)", n, name, what:format(...))
end

local function is_callable(value)
  if type(value) == "function" then return true end
  local meta = debug.getmetatable(value)
  return meta ~= nil and meta.__call ~= nil
end

-- Classes ------------------------------------------------------------------------------------

local Thread = {__name = "Thread"}
thread.Thread = Thread
for name, method in pairs(methods) do Thread[name] = method end

local fields = {name = true, daemon = true, ident = true, native_id = true}

function Thread:__index(key)
  if fields[key] then return core.get(self, key) end
  return getmetatable(self)[key]
end

function Thread:__newindex(key, value)
  if key == "name" then
    if type(value) ~= "string" then blame("a Thread's name is a string, got %s", type(value)) end
    core.set_name(self, value)
  elseif key == "daemon" then
    if type(value) ~= "boolean" then
      blame("a Thread's daemon is a boolean, got %s", type(value))
    end
    core.set_daemon(self, value)
  elseif fields[key] then
    blame("cannot set field '%s' of a Thread", key)
  else
    rawset(self, key, value)
  end
end

function Thread:__eq(other)
  return rawget(self, "handle") == rawget(other, "handle")
end

function Thread:__tostring()
  return ("%s (%s, %s%s)"):format(getmetatable(self).__name, self.name, core.get(self, "state"),
    self.daemon and ", daemon" or "")
end

local function check(self, name)
  if type(self) ~= "table" or rawget(self, "handle") == nil then
    bad_argument(1, name, "Thread expected, got %s", type(self))
  end
end

-- id -> the table that stands for it in this state, so that a thread that was made here is always
-- the same one.
local known = setmetatable({}, {__mode = "v"})

local function stands_for(self)
  known[core.get(self, "id")] = self
  return self
end

local function object_of(handle)
  return known[core.get(handle, "id")] or stands_for(setmetatable({handle = handle}, Thread))
end

-- What calling a class does.
function Thread.__new(class, ...)
  local self = stands_for(setmetatable({handle = core.new()}, class))
  if class.daemon ~= nil then self.daemon = class.daemon end
  class.init(self, ...)
  core.get(self, "name")  -- the next of Thread-1, Thread-2 ... if it was given none
  return self
end

local options_known = {target = true, args = true, kwargs = true, name = true, daemon = true}

local function option(options, name, kind)
  local value = options[name]
  if value ~= nil and type(value) ~= kind then
    bad_argument(1, "Thread", "%s: %s expected, got %s", name, kind, type(value))
  end
  return value
end

-- Thread{target=, args=, kwargs=, name=, daemon=}
function Thread:init(options)
  check(self, "init")
  if options == nil then options = {} end
  if type(options) ~= "table" then
    bad_argument(1, "Thread", "table expected, got %s", type(options))
  end
  for key in pairs(options) do
    if not options_known[key] then
      bad_argument(1, "Thread", "unknown option '%s'", tostring(key))
    end
  end
  if options.target ~= nil and not is_callable(options.target) then
    bad_argument(1, "Thread", "target: function expected, got %s", type(options.target))
  end
  local args, kwargs = option(options, "args", "table"), option(options, "kwargs", "table")
  local name, daemon = option(options, "name", "string"), option(options, "daemon", "boolean")
  rawset(self, "target", options.target)
  rawset(self, "args", args)
  rawset(self, "kwargs", kwargs)
  if name ~= nil then self.name = name end
  if daemon ~= nil then self.daemon = daemon end
end

-- The target's arguments, kwargs as the last one.
local function arguments(self)
  local args, kwargs = rawget(self, "args") or {}, rawget(self, "kwargs")
  local n = args.n or #args
  if kwargs == nil then return table.unpack(args, 1, n) end
  local all = table.move(args, 1, n, 1, {})
  all[n + 1] = kwargs
  return table.unpack(all, 1, n + 1)
end

-- What the thread does: calls its target. Subclasses say otherwise.
function Thread:run()
  check(self, "run")
  local target = rawget(self, "target")
  if target ~= nil then return target(arguments(self)) end
end

-- In the new thread, where self is a copy.
function Thread.__begin(self) return stands_for(self):run() end

function Thread.__nothing() end

function Thread:start()
  check(self, "start")
  if self.run ~= Thread.run then
    core.start(self, Thread.__begin, self)
  else
    core.start(self, rawget(self, "target") or Thread.__nothing, arguments(self))
  end
  -- They are the new thread's; where this object is sent from now on they do not go along.
  self.target, self.args, self.kwargs = nil, nil, nil
end

-- A subclass: what it does not say itself it has from the class it is made from.
function Thread:extend(name)
  if type(self) ~= "table" or self.extend ~= Thread.extend or rawget(self, "handle") then
    bad_argument(1, "extend", "Thread class expected, got %s", type(self))
  end
  if name ~= nil and type(name) ~= "string" then
    bad_argument(2, "extend", "string expected, got %s", type(name))
  end
  local class = {
    __name = name or self.__name, __index = Thread.__index, __newindex = Thread.__newindex,
    __eq = Thread.__eq, __tostring = Thread.__tostring,
  }
  return setmetatable(class, {__index = self, __call = Thread.__new})
end

setmetatable(Thread, {__call = Thread.__new})

-- Functions ----------------------------------------------------------------------------------

function thread.spawn(fn, ...)
  if not is_callable(fn) then bad_argument(1, "spawn", "function expected, got %s", type(fn)) end
  local self = stands_for(setmetatable({handle = core.new()}, Thread))
  core.start(self, fn, ...)
  return self
end

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
