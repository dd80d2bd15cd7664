-- braid.pool: map and imap_unordered. The arguments are the module, the C++ half and the class of
-- executors.
--
-- Calls go to the workers in chunks; a chunk is one call of the pool whose results are appended to
-- its future one by one. When it ends early, by an error or with its worker, what has no result yet but
-- the call that failed is handed out again, in its place. So a call runs once, whatever becomes of
-- the others.
local pool, core, Executor = ...

local queue = require "braid.queue"
local monotonic = require "braid.time".monotonic
local appended = core.appended

local SHORT, LONG = 0.0005, 0.002 -- seconds: a chunk should take no less, and no more
local MOST_CALLS = 256            -- of a chunk whose size nobody has asked for
local MOST_AHEAD = 4096           -- calls that may have been handed out
local MOST_VALUES = 50000         -- arguments of all the calls of a chunk

local function bad_argument(n, name, what) pool.__bad_argument(n, name, what) end

-- What is mapped over -------------------------------------------------------------------------

local function is_list(value)
  if type(value) == "table" then return true end
  local meta = type(value) == "userdata" and debug.getmetatable(value)
  return meta and meta.__len ~= nil
end

local function is_options(value)
  return type(value) == "table" and (value.timeout ~= nil or value.chunksize ~= nil)
    and value[1] == nil and value.n == nil
end

-- A function that returns the next value of a list or iterator, and whether there was one.
local function values_of(source)
  if type(source) == "function" then
    return function()
      local value = source()
      return value, value ~= nil
    end
  end
  local i, count = 0, #source
  if type(source) == "table" and math.type(source.n) == "integer" then count = source.n end
  return function()
    i = i + 1
    if i > count then return nil, false end
    return source[i], true
  end
end

-- As `for` takes it: a function, its state, the first control value.
local function is_for_triple(f, state, control, count)
  if type(f) ~= "function" or count < 2 or count > 3 then return false end
  if type(state) == "function" then return false end
  return not is_list(state) or type(state) == "userdata" or control ~= nil and not is_list(control)
    or f == next
end

-- A function that adds the next call to a list, as core.chunk wants it; false: there is none.
local function feeder(name, ...)
  local count = select("#", ...)
  local sources = {...}
  if count == 0 then bad_argument(2, name, "list or iterator expected, got no value") end
  if is_for_triple(sources[1], sources[2], sources[3], count) then
    local f, state, control = ...
    return function(list)
      local got = table.pack(f(state, control))
      control = got[1]
      if control == nil then return false end
      local at = list.n + 1
      list[at] = got.n
      table.move(got, 1, got.n, at + 1, list)
      list.n = at + got.n
      return true
    end
  end
  local nexts = {}
  for i = 1, count do
    local source = sources[i]
    if type(source) ~= "function" and not is_list(source) then
      bad_argument(i + 1, name, "list or iterator expected, got " .. type(source))
    end
    nexts[i] = values_of(source)
  end
  return function(list)
    local at = list.n + 1
    for i = 1, count do
      local value, there = nexts[i]()
      if not there then return false end -- what lies above list.n does not count
      list[at + i] = value
    end
    list[at] = count
    list.n = at + count
    return true
  end
end

-- Chunks --------------------------------------------------------------------------------------

-- {future, calls = its calls as core.chunk wants them, count = of them, first = index of the first,
--  got = results taken, offset = of the next one}
local Map = {}
Map.__index = Map

local function new_map(executor, name, fn, ...)
  local count = select("#", ...)
  local options = count > 1 and select(count, ...) or nil
  if is_options(options) then count = count - 1 else options = {} end
  local size, seconds = options.chunksize, options.timeout
  if size ~= nil and (math.type(size) ~= "integer" or size < 1) then
    bad_argument(count + 2, name, "chunksize: positive integer expected")
  end
  if seconds ~= nil and (type(seconds) ~= "number" or seconds ~= seconds) then
    bad_argument(count + 2, name, "timeout: number expected")
  end
  if not pool.__is_callable(fn) then
    bad_argument(1, name, "function expected, got " .. type(fn))
  end
  return setmetatable({
    executor = executor, fn = fn, feed = feeder(name, table.unpack({...}, 1, count)),
    size = size or 1, adapts = size == nil,
    chunks_ahead = math.min(core.max_workers(executor), 64) * 2,
    limit = seconds and monotonic() + seconds,
    chunks = {}, head = 1, tail = 0, out = 0, index = 0, over = false,
  }, Map)
end

function Map:submit(calls, count, first)
  local future =
    self.executor:submit(pool.__chunk, self.fn, table.unpack(calls, 1, calls.n))
  self.out = self.out + count
  return {future = future, calls = calls, count = count, first = first, got = 0, offset = 0}
end

-- Hands out as much as may be out at once.
function Map:refill()
  local chunks = self.chunks
  while not self.over and self.tail - self.head + 1 < self.chunks_ahead
    and self.out < MOST_AHEAD do
    local calls, count = {n = 0}, 0
    while count < self.size and calls.n < MOST_VALUES do
      if not self.feed(calls) then
        self.over = true
        break
      end
      count = count + 1
    end
    if count == 0 then return end
    chunks[self.tail + 1] = self:submit(calls, count, self.index + 1)
    self.tail = self.tail + 1
    self.index = self.index + count
  end
end

-- The chunk has ended.
function Map:look_at(chunk)
  chunk.ended = true
  self.out = self.out - chunk.count
  if not self.adapts or chunk.count < self.size then return end
  local spent = core.spent(chunk.future)
  if spent < SHORT then
    self.size = math.min(self.size * 4, MOST_CALLS)
  elseif spent > LONG and self.size > 1 then
    self.size = self.size // 2
  end
end

-- What is left of a chunk that ended early, but for the call that failed.
function Map:rest_of(chunk)
  local done = chunk.got + 1
  local count = chunk.count - done
  if count == 0 then return nil end
  local at = 1
  for _ = 1, done do at = at + chunk.calls[at] + 1 end
  local calls = table.move(chunk.calls, at, chunk.calls.n, 1, {n = chunk.calls.n - at + 1})
  return self:submit(calls, count, chunk.first + done)
end

function Map:cancel(running)
  self.over = true
  for i = self.head, self.tail do
    core.forgive(self.chunks[i].future)
    self.chunks[i].future:cancel{running = running}
  end
  self.head, self.tail = 1, 0
end

Map.__close = function(self) self:cancel(false) end

local function timed_out(self)
  self:cancel(true)
  core.raise_timeout()
end

function Map:left() return self.limit and math.max(0, self.limit - monotonic()) end

-- The call of the chunk at that place that has no result has failed; what is behind it goes on.
local function fail(self, place, chunk)
  self.current = nil
  local ok, rest = pcall(self.rest_of, self, chunk)
  if ok and rest then self.chunks[place] = rest else chunk.got = chunk.count end
  chunk.future:result(0)
end

-- Index and results of the next call of the chunk, which is at that place.
local function give(self, place, chunk, offset, ...)
  if offset == nil then return fail(self, place, chunk) end
  local got = chunk.got + 1
  chunk.got, chunk.offset = got, offset
  return chunk.first + got - 1, ...
end

-- Executor --------------------------------------------------------------------------------------

-- All of the first chunk has been given.
local function drop_first(self)
  self.chunks[self.head] = nil
  self.head = self.head + 1
  self:refill()
end

local function next_in_order(self)
  while true do
    local chunk = self.chunks[self.head]
    if chunk == nil then return nil end
    if not chunk.ended then
      if not chunk.future:join(self:left()) then timed_out(self) end
      self:look_at(chunk)
      self:refill()
    end
    if chunk.got < chunk.count then
      return give(self, self.head, chunk, appended(chunk.future, chunk.offset))
    end
    drop_first(self)
  end
end

-- map(fn, list... | iterator[, {timeout=, chunksize=}])
function Executor:map(fn, ...)
  local map = new_map(self, "map", fn, ...)
  map:refill()
  return function() return next_in_order(map) end, nil, nil, map
end

-- The place of a chunk that has ended, the one that runs here first.
local function any_ended(self)
  local cases = {timeout = self:left()}
  for i = self.head, self.tail do
    local future = self.chunks[i].future
    if core.may_help(future) then future:join() end
    if future:done() then return i end
    cases[#cases + 1] = {future, "join"}
  end
  local i = queue.select(cases)
  if i == nil then timed_out(self) end
  return self.head + i - 1
end

local function next_ended(self)
  while self.head <= self.tail do
    if self.current == nil then
      local place = any_ended(self)
      local chunks, head = self.chunks, self.head
      chunks[head], chunks[place] = chunks[place], chunks[head]
      self.current = chunks[head]
      if not self.current.ended then self:look_at(self.current) end
      self:refill()
    end
    local chunk = self.current
    if chunk.got < chunk.count then
      return give(self, self.head, chunk, appended(chunk.future, chunk.offset))
    end
    self.current = nil
    drop_first(self)
  end
end

-- imap_unordered(fn, list... | iterator[, {timeout=, chunksize=}])
function Executor:imap_unordered(fn, ...)
  local map = new_map(self, "imap_unordered", fn, ...)
  map:refill()
  return function() return next_ended(map) end, nil, nil, map
end
