-- braid.progress: bars and spinners. A line is known by a number, which is nil when nothing is drawn;
-- whoever has the number may advance it, so a bar that is sent to another unit is the same bar there.
local core = ...

local progress = {}

local function bad_argument(n, name, format, ...)
  error(("bad argument #%d to '%s' (%s)"):format(n, name, format:format(...)), 3)
end

local function is_callable(value)
  if type(value) == "function" then return true end
  local meta = getmetatable(value)
  return type(meta) == "table" and meta.__call ~= nil
end

-- Lines ----------------------------------------------------------------------------------------

local function class(name)
  local meta = {__name = "braid." .. name, methods = {}}
  meta.__index = meta.methods

  local function self_check(self, method)
    if getmetatable(self) ~= meta then
      error(("bad argument #1 to '%s' (%s expected, got %s)"):format(method, name, type(self)), 3)
    end
  end

  function meta.methods:describe(text)
    self_check(self, "describe")
    if type(text) ~= "string" then
      bad_argument(1, "describe", "string expected, got %s", type(text))
    end
    if self.line then core.describe(self.line, text) end
  end

  -- Given up by the close of the block, or when nobody has it any more.
  function meta.methods:close()
    self_check(self, "close")
    local line, closing = self.line, self.closing
    self.line, self.closing = nil, nil
    if line then core.remove(line) end
    return closing
  end

  function meta:__close(err)
    local closing = meta.methods.close(self)
    if closing ~= nil then getmetatable(closing).__close(closing, err) end
  end

  -- What has been sent is the sender's to close.
  function meta:__gc()
    if self.line and not self.borrowed then core.remove(self.line) end
  end

  return meta, self_check
end

local Bar, check_bar = class "Bar"
local Spinner = class "Spinner"

local function borrow(meta, line) return setmetatable({line = line, borrowed = true}, meta) end
function progress.__borrow_bar(line) return borrow(Bar, line) end
function progress.__borrow_spinner(line) return borrow(Spinner, line) end

function Bar:__transfer() return progress.__borrow_bar, self.line end
function Spinner:__transfer() return progress.__borrow_spinner, self.line end

function Bar.methods:update(n)
  if getmetatable(self) ~= Bar then check_bar(self, "update") end
  if n == nil then
    n = 1
  elseif type(n) ~= "number" then
    bad_argument(1, "update", "number expected, got %s", type(n))
  elseif n ~= n then
    bad_argument(1, "update", "number expected, got nan")
  end
  local line = self.line
  if line then core.advance(line, n) end
end

-- Loops ------------------------------------------------------------------------------------------

local function pass(self, ...)
  if (...) == nil and self.line then
    core.remove(self.line)
    self.line = nil
  end
  return ...
end

-- One step of a for loop: what was handed out last is done.
function Bar:__call(_, control)
  if control == nil then control = self.control end
  local line = self.line
  if not line then
    if self.borrowed then error("this bar goes through nothing here", 2) end
    return self.step(self.state, control)
  end
  if self.begun then core.advance(line, 1) end
  self.begun = true
  return pass(self, self.step(self.state, control))
end

-- The steps of lists and of numbers keep their place in the bar, since the loop gets values.
local function step_list(place)
  local i = place.i + 1
  place.i = i
  return place.list[i]
end

local function step_number(place)
  local i = place.i + 1
  if i > place.total then return nil end
  place.i = i
  return i
end

local options = {desc = "string", total = "number", leave = "boolean"}

-- What is wrong with them.
local function complaint(given)
  if type(given) ~= "table" then return ("table expected, got %s"):format(type(given)) end
  for key, value in next, given do
    if not options[key] then return ("unknown option '%s'"):format(tostring(key)) end
    if type(value) ~= options[key] then
      return ("option '%s': %s expected, got %s"):format(key, options[key], type(value))
    end
  end
end

-- Of what a loop is to go through: its step, state, first control value, and how many there are.
local function through(source)
  if type(source) == "number" then
    return step_number, {i = 0, total = source}, nil, source
  elseif is_callable(source) then
    return source
  elseif type(source) == "table" or type(source) == "userdata" and (getmetatable(source) or {}).__len then
    return step_list, {i = 0, list = source}, nil, #source
  end
end

-- bar(total | list | iterator[, options]), bar(iterator, state, control[, closing[, options]])
function progress.bar(source, ...)
  local step, state, control, total = through(source)
  if not step then
    bad_argument(1, "bar", "number, list or iterator expected, got %s", type(source))
  end
  if source ~= source or total and total < 0 then bad_argument(1, "bar", "negative or nan") end
  local closing, given, n = nil, (...), 2
  if select("#", ...) > 1 then
    state, control, closing, given = ...
    n = 5
  end
  if given == nil then given = {} end
  local wrong = complaint(given)
  if wrong then bad_argument(n, "bar", "%s", wrong) end
  local self = setmetatable({
    step = step, state = state, control = control, closing = closing,
    line = core.add_bar(given.total or total, given.desc or "", given.leave ~= false),
  }, Bar)
  return self, nil, control, self
end

function progress.spinner(text)
  if text == nil then text = "" end
  if type(text) ~= "string" then
    bad_argument(1, "spinner", "string expected, got %s", type(text))
  end
  return setmetatable({line = core.add_spinner(text)}, Spinner)
end

return progress
