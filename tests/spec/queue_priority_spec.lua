-- PriorityQueue: the least first, by Lua's `<`.

local queue = require "braid.queue"
local task = require "braid.task"
local units = require "units"

local function take(q)
  local values = {}
  while not q:empty() do values[#values + 1] = q:get() end
  return values
end

test("numbers come out in order, integers and floats mixed", function()
  local q = queue.PriorityQueue()
  q:put_many { 5, 2.5, -1, 2, math.huge, -math.huge, math.maxinteger, 2 ^ 63 }
  expect(take(q)):same { -math.huge, -1, 2, 2.5, 5, math.maxinteger, 2 ^ 63, math.huge }
end)

test("strings come out in order, with what follows a zero byte", function()
  local q = queue.PriorityQueue()
  q:put_many { "b", "a\0b", "", "a", "a\0a" }
  expect(take(q)):same { "", "a", "a\0a", "a\0b", "b" }
end)

test("a table is ordered by its first element, equals in the order they were put", function()
  local q = queue.PriorityQueue()
  for i, key in ipairs { 2, 1, 2, 1, 1 } do q:put { key, i } end
  local order = {}
  for i, value in ipairs(take(q)) do order[i] = value[2] end
  expect(order):same { 2, 4, 5, 1, 3 }
end)

test("many come out sorted", function()
  local q = queue.PriorityQueue()
  local values = {}
  for i = 1, 2000 do values[i] = (i * 7919) % 1009 end
  q:put_many(values)
  table.sort(values)
  expect(take(q)):same(values)
end)

test("what cannot be compared raises in put, and changes nothing", function()
  local q = queue.PriorityQueue()
  for _, value in ipairs { true, {}, { {} }, print, 0 / 0 } do
    expect_error(function() q:put(value) end, "bad argument #1 to 'put'")
  end
  expect_error(function() q:put(nil) end, "got nil")
  q:put(1)
  expect_error(function() q:put "text" end, "attempt to compare")
  expect_error(function() q:put_many { "a" } end, "attempt to compare")
  expect_error(function() q:put_many { 1, "a" } end, "attempt to compare")
  expect_error(function() q:put_many { 1, {} } end, "item 2")
  expect(q:qsize()):equals(1)
  expect(q:get()):equals(1)
  q:put "text"
  expect(q:get()):equals "text"
end)

test("a full one lets the longest waiting put in, then orders it", function()
  local q = queue.PriorityQueue(2)
  q:put(5)
  q:put(6)
  expect(q:put_nowait(1)):is_false()
  local first = task.spawn(function() q:put(7) end)
  local second = task.spawn(function() q:put(1) end)
  task.yield()
  expect(q:get()):equals(5)
  task.yield()
  expect(first:done()):is_true()
  expect(q:get()):equals(6)
  second:join()
  expect(take(q)):same { 1, 7 }
end)

units.each(function(kind, spawn)
  test(kind .. ": a get that waits is handed what comes", function()
    local q = queue.PriorityQueue()
    local unit = spawn(function(source)
      local values = {}
      for value in source:iter() do values[#values + 1] = value[2] end
      return table.concat(values)
    end, q)
    for i = 1, 9 do q:put { i, tostring(i) } end
    q:close()
    expect(#unit:result()):equals(9)
  end)
end)
