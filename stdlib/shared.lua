-- braid.shared, the Lua half: what is done to a Table while no other unit changes it. The argument
-- is the C++ half (shared_table_write.cpp), which sends here what has to wait.
local core = ...

local updating, write = core.updating, core.write

-- The lock is let go of however this ends.
local function alone(change, st, ...)
  return updating(st):with(change, st, ...)
end

local function apply(st, key, fn)
  local value = fn(st[key])
  write(st, key, value)
  return value
end

-- Also under the lock that scripts take: what they do with it and updates exclude each other.
local function update(st, key, fn)
  return st:get_lock():with(alone, apply, st, key, fn)
end

return update, alone
