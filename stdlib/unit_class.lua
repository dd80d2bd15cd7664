-- What braid.thread and braid.process have in common: their class. A unit is a table that holds the
-- handle of what the C++ half knows (run_unit.cpp), so that a script can hang fields of its own in
-- it. Loaded once for each of them, with that half as the arguments: functions on handles, methods,
-- and the name of the class.
--
-- Units and classes travel: what they have for metamethods are functions of this chunk, which every
-- thread has. So none of them may be a local of another function.
local core, methods, NAME = ...

local getinfo = debug.getinfo
local SOURCE = "=braid." .. NAME:lower()

-- Raised where the script called into this module, as an error of a C function would be.
local function blame(message, ...)
  local level = 2
  local frame = getinfo(level, "S")
  while frame and frame.source == SOURCE do
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

local Unit = {__name = NAME}
for name, method in pairs(methods) do Unit[name] = method end

local fields = {
  Thread = {name = true, daemon = true, ident = true, native_id = true},
  Process = {name = true, daemon = true, pid = true, exitcode = true, sentinel = true, ident = true,
    detached = true},
}
fields = fields[NAME]

function Unit:__index(key)
  if fields[key] then return core.get(self, key) end
  return getmetatable(self)[key]
end

function Unit:__newindex(key, value)
  if key == "name" then
    if type(value) ~= "string" then blame("a %s's name is a string, got %s", NAME, type(value)) end
    core.set_name(self, value)
  elseif key == "daemon" then
    if type(value) ~= "boolean" then
      blame("a %s's daemon is a boolean, got %s", NAME, type(value))
    end
    core.set_daemon(self, value)
  elseif fields[key] then
    blame("cannot set field '%s' of a %s", key, NAME)
  else
    rawset(self, key, value)
  end
end

function Unit:__eq(other)
  return rawget(self, "handle") == rawget(other, "handle")
end

function Unit:__tostring()
  return ("%s (%s, %s%s)"):format(getmetatable(self).__name, self.name, core.get(self, "state"),
    self.daemon and ", daemon" or "")
end

local function check(self, name)
  if type(self) ~= "table" or rawget(self, "handle") == nil then
    bad_argument(1, name, "%s expected, got %s", NAME, type(self))
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
  return known[core.get(handle, "id")] or stands_for(setmetatable({handle = handle}, Unit))
end

-- What calling a class does.
function Unit.__new(class, ...)
  local self = stands_for(setmetatable({handle = core.new()}, class))
  if class.daemon ~= nil then self.daemon = class.daemon end
  class.init(self, ...)
  core.get(self, "name")  -- the next of Thread-1, Thread-2 ... if it was given none
  return self
end

local options_known = {
  target = true, args = true, kwargs = true, name = true, daemon = true,
  detached = NAME == "Process" or nil,
}

local function option(options, name, kind)
  local value = options[name]
  if value ~= nil and type(value) ~= kind then
    bad_argument(1, NAME, "%s: %s expected, got %s", name, kind, type(value))
  end
  return value
end

-- Unit{target=, args=, kwargs=, name=, daemon=}
function Unit:init(options)
  check(self, "init")
  if options == nil then options = {} end
  if type(options) ~= "table" then
    bad_argument(1, NAME, "table expected, got %s", type(options))
  end
  for key in pairs(options) do
    if not options_known[key] then
      bad_argument(1, NAME, "unknown option '%s'", tostring(key))
    end
  end
  if options.target ~= nil and not is_callable(options.target) then
    bad_argument(1, NAME, "target: function expected, got %s", type(options.target))
  end
  local args, kwargs = option(options, "args", "table"), option(options, "kwargs", "table")
  local name, daemon = option(options, "name", "string"), option(options, "daemon", "boolean")
  rawset(self, "target", options.target)
  rawset(self, "args", args)
  rawset(self, "kwargs", kwargs)
  if name ~= nil then self.name = name end
  if daemon ~= nil then self.daemon = daemon end
  if option(options, "detached", "boolean") then core.set_detached(self) end
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

-- What the unit does: calls its target. Subclasses say otherwise.
function Unit:run()
  check(self, "run")
  local target = rawget(self, "target")
  if target ~= nil then return target(arguments(self)) end
end

-- In the new unit, where self is a copy.
function Unit.__begin(self) return stands_for(self):run() end

function Unit.__nothing() end

function Unit:start()
  check(self, "start")
  if self.run ~= Unit.run then
    core.start(self, Unit.__begin, self)
  else
    core.start(self, rawget(self, "target") or Unit.__nothing, arguments(self))
  end
  -- They are the new unit's; where this object is sent from now on they do not go along.
  self.target, self.args, self.kwargs = nil, nil, nil
end

-- A subclass: what it does not say itself it has from the class it is made from.
function Unit:extend(name)
  if type(self) ~= "table" or self.extend ~= Unit.extend or rawget(self, "handle") then
    bad_argument(1, "extend", "%s class expected, got %s", NAME, type(self))
  end
  if name ~= nil and type(name) ~= "string" then
    bad_argument(2, "extend", "string expected, got %s", type(name))
  end
  local class = {
    __name = name or self.__name, __index = Unit.__index, __newindex = Unit.__newindex,
    __eq = Unit.__eq, __tostring = Unit.__tostring, __close = Unit.__close,
  }
  return setmetatable(class, {__index = self, __call = Unit.__new})
end

setmetatable(Unit, {__call = Unit.__new})

-- spawn(fn, ...): made and started.
local function spawn(fn, ...)
  if not is_callable(fn) then bad_argument(1, "spawn", "function expected, got %s", type(fn)) end
  local self = stands_for(setmetatable({handle = core.new()}, Unit))
  core.start(self, fn, ...)
  return self
end

return Unit, {
  spawn = spawn, object_of = object_of, check = check, is_callable = is_callable,
  bad_argument = bad_argument, blame = blame,
}
