-- braid.queue, the Lua half: what LocalQueue has beside single puts and gets.
-- The argument is the class (local_queue.cpp).
local LocalQueue = ...

local monotonic = require "braid.time".monotonic

local function check(self, name)
  if debug.getmetatable(self) ~= LocalQueue then
    error(("calling '%s' on bad self (LocalQueue expected, got %s)"):format(name, type(self)), 3)
  end
end

local function check_timeout(seconds, name)
  if seconds == nil or type(seconds) == "number" and seconds == seconds then return end
  local got = type(seconds) == "number" and "nan" or type(seconds)
  error(("bad argument #2 to '%s' (number expected, got %s)"):format(name, got), 3)
end

-- put, but for one that is closed: that is false, "closed".
local function offer(self, value, seconds)
  local ok, done, why = pcall(self.put, self, value, seconds)
  if ok then return done, why end
  if type(done) == "table" and done.kind == "closed" then return false, "closed" end
  error(done, 0)
end

-- How many have been put, and why no more.
function LocalQueue:put_many(list, seconds)
  check(self, "put_many")
  if type(list) ~= "table" then
    error("bad argument #1 to 'put_many' (table expected, got " .. type(list) .. ")", 2)
  end
  check_timeout(seconds, "put_many")
  local limit = seconds and monotonic() + seconds
  local count = math.type(list.n) == "integer" and list.n or #list
  for i = 1, count do
    local ok, why = offer(self, list[i], limit and limit - monotonic())
    if not ok then return i - 1, why end
  end
  return count
end

-- A list with n, as soon as there is one message, or nil and why.
function LocalQueue:get_many(max, seconds)
  check(self, "get_many")
  if math.type(max) ~= "integer" or max < 1 then
    error("bad argument #1 to 'get_many' (positive integer expected)", 2)
  end
  check_timeout(seconds, "get_many")
  local value, why = self:get(seconds)
  if why then return nil, why end
  local list, n = {value}, 1
  while n < max do
    value, why = self:get_nowait()
    if why then break end
    n = n + 1
    list[n] = value
  end
  list.n = n
  return list
end

local function next_message(self)
  local value, why = self:get()
  if value == nil and not why then error("a nil message would end the loop: use get", 2) end
  return value
end

function LocalQueue:iter()
  check(self, "iter")
  return next_message, self
end
