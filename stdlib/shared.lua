-- braid.shared, the Lua half: what is built from reading a value and replacing it if it is still
-- the same. The argument is the C++ half (shared_table.cpp).
local core = ...

local read, replace = core.read, core.replace

-- Also other units may write, without the lock: then once more.
local function apply(st, key, fn)
  local value
  repeat
    local ticket, old = read(st, key)
    value = fn(old)
  until replace(st, key, ticket, value)
  return value
end

-- Under the table's lock, so that of several updates none has to be done again and again.
return function(st, key, fn)
  return st:get_lock():with(apply, st, key, fn)
end
