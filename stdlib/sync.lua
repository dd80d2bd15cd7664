-- braid.sync, the Lua half: what is built from acquiring and releasing.
-- The arguments are the module and the metatables of its classes (sync.cpp).
local sync, classes = ... -- luacheck: ignore sync

-- A guard holds something until its block is left.
local Guard = {__name = "Guard"}

function Guard:__close() self.object[self.release](self.object) end

local function hold(object, release)
  return setmetatable({object = object, release = release}, Guard)
end

for _, name in ipairs {"Lock"} do
  local class = classes[name]

  function class:guard()
    self:acquire()
    return hold(self, "release")
  end

  function class:with(fn, ...)
    self:acquire()
    local _ <close> = hold(self, "release")
    return fn(...)
  end
end
