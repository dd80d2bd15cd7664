-- braid.thread, the Lua half: the classes. A thread is a table that holds the handle of what the C++
-- half knows (thread.cpp), so that a script can hang fields of its own in it. The argument is that half.
local core = ...

local sync = require "braid.sync"

local thread = {TIMEOUT_MAX = math.huge, core = core}

local function bad_argument(n, name, what)
  error(("bad argument #%d to '%s' (%s)"):format(n, name, what), 3)
end

local function is_callable(value)
  if type(value) == "function" then return true end
  local meta = debug.getmetatable(value)
  return meta ~= nil and meta.__call ~= nil
end

-- Classes ------------------------------------------------------------------------------------

local Thread = {__name = "Thread"}
thread.Thread = Thread

local fields = {name = true, daemon = true, ident = true, native_id = true}

function Thread:__index(key)
  if fields[key] then return core.get(rawget(self, "handle"), key) end
  return getmetatable(self)[key]
end

function Thread:__newindex(key, value)
  if key == "name" then
    core.set_name(self.handle, value)
  elseif key == "daemon" then
    core.set_daemon(self.handle, value)
  elseif fields[key] then
    error(("cannot set field '%s' of a Thread"):format(key), 2)
  else
    rawset(self, key, value)
  end
end

function Thread:__eq(other)
  return rawget(self, "handle") == rawget(other, "handle")
end

function Thread:__tostring()
  return ("%s (%s, %s%s)"):format(getmetatable(self).__name, self.name, core.state(self.handle),
    self.daemon and ", daemon" or "")
end

local function check(self, name)
  if type(self) ~= "table" or rawget(self, "handle") == nil then
    bad_argument(1, name, "Thread expected, got " .. type(self))
  end
  return self.handle
end

local function construct(class, ...)
  local self = setmetatable({handle = core.new(nil, nil)}, class)
  class.init(self, ...)
  return self
end

local known = {target = true, args = true, kwargs = true, name = true, daemon = true}

-- Thread{target=, args=, kwargs=, name=, daemon=}
function Thread:init(options)
  check(self, "init")
  if options == nil then options = {} end
  if type(options) ~= "table" then
    bad_argument(1, "Thread", "table expected, got " .. type(options))
  end
  for key in pairs(options) do
    if not known[key] then
      bad_argument(1, "Thread", ("unknown option '%s'"):format(tostring(key)))
    end
  end
  local function option(name, kind)
    local value = options[name]
    if value ~= nil and type(value) ~= kind then
      bad_argument(1, "Thread", ("%s: %s expected, got %s"):format(name, kind, type(value)))
    end
    return value
  end
  if options.target ~= nil and not is_callable(options.target) then
    bad_argument(1, "Thread", "target: function expected, got " .. type(options.target))
  end
  rawset(self, "target", options.target)
  rawset(self, "args", option("args", "table"))
  rawset(self, "kwargs", option("kwargs", "table"))
  if option("name", "string") then core.set_name(self.handle, options.name) end
  if option("daemon", "boolean") ~= nil then core.set_daemon(self.handle, options.daemon) end
end

-- What the thread does: calls its target. Subclasses say otherwise.
function Thread:run()
  check(self, "run")
  local args = rawget(self, "args") or {}
  local n = args.n or #args
  local kwargs = rawget(self, "kwargs")
  local target = rawget(self, "target")
  if target == nil then return end
  if kwargs == nil then return target(table.unpack(args, 1, n)) end
  local all = table.pack(table.unpack(args, 1, n))
  all[n + 1] = kwargs
  return target(table.unpack(all, 1, n + 1))
end

function Thread:start()
  local handle = check(self, "start")
  if self.run ~= Thread.run then
    core.start(handle, self.run, self)
    return
  end
  local args = rawget(self, "args") or {}
  local n = args.n or #args
  local all = table.pack(table.unpack(args, 1, n))
  local kwargs = rawget(self, "kwargs")
  if kwargs ~= nil then
    n = n + 1
    all[n] = kwargs
  end
  core.start(handle, rawget(self, "target") or function() end, table.unpack(all, 1, n))
end

function Thread:join(seconds) return core.join(check(self, "join"), seconds) end

function Thread:result(seconds) return core.result(check(self, "result"), seconds) end

function Thread:exception(seconds) return core.exception(check(self, "exception"), seconds) end

function Thread:traceback() return core.traceback(check(self, "traceback")) end

function Thread:is_alive() return core.state(check(self, "is_alive")) == "running" end

function Thread:done()
  local state = core.state(check(self, "done"))
  return state ~= "created" and state ~= "running"
end

function Thread:cancelled() return core.state(check(self, "cancelled")) == "cancelled" end

function Thread:cancel() return core.cancel(check(self, "cancel")) end

-- A subclass: what it does not say itself it has from the class it is made from.
function Thread:extend(name)
  if type(self) ~= "table" or self.extend ~= Thread.extend then
    bad_argument(1, "extend", "Thread class expected, got " .. type(self))
  end
  if name ~= nil and type(name) ~= "string" then
    bad_argument(2, "extend", "string expected, got " .. type(name))
  end
  local class = {
    __name = name or self.__name, __index = Thread.__index, __newindex = Thread.__newindex,
    __eq = Thread.__eq, __tostring = Thread.__tostring,
  }
  return setmetatable(class, {__index = self, __call = construct})
end

setmetatable(Thread, {__call = construct})

-- Functions ----------------------------------------------------------------------------------

function thread.spawn(fn, ...)
  if not is_callable(fn) then bad_argument(1, "spawn", "function expected, got " .. type(fn)) end
  local self = setmetatable({handle = core.new(nil, nil)}, Thread)
  core.start(self.handle, fn, ...)
  return self
end

-- The table that stands for a handle: always the same one for a thread made here.
local function wrap(handle) return handle and setmetatable({handle = handle}, Thread) end

function thread.current_thread() return wrap(core.current()) end

function thread.main_thread() return wrap(core.nth(1)) end

function thread.enumerate()
  local list = {}
  repeat
    local handle = core.nth(#list + 1)
    list[#list + 1] = wrap(handle)
  until handle == nil
  return list
end

function thread.active_count() return #thread.enumerate() end

function thread.get_ident() return core.get(core.current(), "ident") end

-- Timer --------------------------------------------------------------------------------------

local Timer = Thread:extend "Timer"
thread.Timer = Timer

-- Timer(seconds, fn[, args[, kwargs]]): a thread that calls fn after that time.
function Timer:init(seconds, fn, args, kwargs)
  if type(seconds) ~= "number" then
    bad_argument(1, "Timer", "number expected, got " .. type(seconds))
  end
  if seconds ~= seconds then bad_argument(1, "Timer", "number expected, got nan") end
  if not is_callable(fn) then bad_argument(2, "Timer", "function expected, got " .. type(fn)) end
  Thread.init(self, {target = fn, args = args, kwargs = kwargs})
  self.seconds = seconds
  self.finished = sync.Event()
end

function Timer:run()
  if not self.finished:wait(self.seconds) then Thread.run(self) end
  self.finished:set()
end

-- Before it has fired: the call does not happen.
function Timer:cancel() self.finished:set() end

return thread
