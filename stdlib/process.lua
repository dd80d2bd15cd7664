-- braid.process, the Lua half: what is there beside the class (unit_class.lua). The arguments are the
-- C++ half, the class, and what else that file knows.
local core, Process, class = ...

local check, object_of, bad_argument = class.check, class.object_of, class.bad_argument
local blame = class.blame

local process = {
  Process = Process, spawn = class.spawn,
  getpid = core.getpid, getppid = core.getppid, cpu_count = core.cpu_count,
}

-- Signals: the names that the system has for them, with or without SIG.
local function signal_number(signal, n, name)
  if math.type(signal) == "integer" then
    if signal < 0 or signal > core.signals.last then
      bad_argument(n, name, "no signal has the number %d", signal)
    end
    return signal
  end
  if type(signal) ~= "string" then
    bad_argument(n, name, "name or number of a signal expected, got %s", type(signal))
  end
  local number = core.signals[(signal:upper():gsub("^SIG", ""))]
  if not number then bad_argument(n, name, "no signal has the name '%s'", signal) end
  return number
end

-- kill(pid, signal)
function process.kill(pid, signal)
  if math.type(pid) ~= "integer" then
    bad_argument(1, "kill", "integer expected, got %s", math.type(pid) or type(pid))
  end
  local why = core.kill(pid, signal_number(signal == nil and "TERM" or signal, 2, "kill"))
  if why then blame("cannot signal process %d: %s", pid, why) end
end

function Process:terminate()
  check(self, "terminate")
  return core.signal(self, core.signals.TERM)
end

function Process:kill()
  check(self, "kill")
  return core.signal(self, core.signals.KILL)
end

-- Leaving its block: an error ends the process, then it is waited for.
function Process:__close(err)
  if core.get(self, "state") == "created" or rawget(self, "_closed") then return end
  if err ~= nil then core.signal(self, core.signals.TERM) end
  require("braid.task").shield(Process.join, self)  -- in a cancelled unit, too
end

-- There is nothing to give back; from here on the object, and copies of it, have fields only.
function Process:close()
  check(self, "close")
  if rawget(self, "_closed") then return end
  if self:is_alive() then core.refuse_close() end
  rawset(self, "_closed", true)
end

function process.current_process() return object_of(core.current()) end

function process.parent_process()
  local parent = core.parent()
  return parent and object_of(parent)
end

function process.active_children()
  local list, n = core.children()
  for i = 1, n do list[i] = object_of(list[i]) end
  return list
end

return process
