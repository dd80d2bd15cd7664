-- Functions that are sent again and again: their code goes once, what they use goes every time.

local queue = require "braid.queue"
local thread = require "braid.thread"

local ROUNDS <const> = 6

-- What comes out of a queue, in this state.
local function sent(...)
  local q = queue.Queue()
  q:put(table.pack(...))
  return table.unpack(q:get())
end

-- In another state, which has seen it before.
local inbox, outbox = queue.Queue(), queue.Queue()
local function elsewhere(fn, ...)
  inbox:put { fn, ... }
  local got = outbox:get()
  return table.unpack(got, 1, got.n)
end

local worker = thread.spawn(function()
  for job in inbox:iter() do outbox:put(table.pack(job[1](table.unpack(job, 2)))) end
end)

test("upvalues are as they are when it is sent", function()
  local n = 0
  local function get() return n end
  for i = 1, ROUNDS do
    n = i
    expect(sent(get)()):equals(i)
    expect(elsewhere(get)):equals(i)
  end
end)

test("each arrival has upvalues of its own", function()
  local n = 0
  local function count()
    n = n + 1
    return n
  end
  local first = sent(count)
  for _ = 1, ROUNDS do
    local again = sent(count)
    expect(again()):equals(1)
    expect(again()):equals(2)
    expect(elsewhere(count)):equals(1)
  end
  expect(first()):equals(1)
  expect(n):equals(0)
end)

test("two closures that share an upvalue still do", function()
  local n = 0
  local function up() n = n + 1 end
  local function get() return n end
  for _ = 1, ROUNDS do
    local u, g = sent(up, get)
    u()
    u()
    expect(g()):equals(2)
  end
  expect(n):equals(0)
end)

test("closures of one function are told apart", function()
  local function adder(k) return function(x) return x + k end end
  for i = 1, ROUNDS do
    local a, b = sent(adder(i), adder(10 * i))
    expect(a(1)):equals(1 + i)
    expect(b(1)):equals(1 + 10 * i)
  end
  local add = adder(5)
  for _ = 1, ROUNDS do expect(elsewhere(add, 1)):equals(6) end
end)

test("the globals that it names go each time", function()
  local function ask() return HELPER and HELPER() end -- luacheck: ignore
  expect(elsewhere(ask)):is_nil()
  for i = 1, ROUNDS do
    HELPER = function() return i end -- luacheck: ignore
    expect(elsewhere(ask)):equals(i)
  end
  HELPER = nil -- luacheck: ignore
end)

test("functions that use each other, nested and recursive ones", function()
  local function fact(n) return n < 2 and 1 or n * fact(n - 1) end
  local function outer(n)
    local function inner(x) return math.max(fact(x), 0) end
    return inner(n)
  end
  for i = 1, ROUNDS do
    expect(elsewhere(outer, i)):equals(fact(i))
    expect(sent(outer)(i)):equals(fact(i))
  end
end)

test("one that puts another _ENV in its place does so for itself", function()
  local function leave()
    local before = type(print)
    _ENV = {} -- luacheck: ignore
    return before, print
  end
  for _ = 1, ROUNDS do
    expect(table.pack(sent(leave)())):same { "function", nil, n = 2 }
    expect(table.pack(elsewhere(leave))):same { "function", n = 2 }
  end
end)

test("one with an _ENV of its own keeps it", function()
  local function get() local _ENV <const> = { x = 5 } return x end -- luacheck: ignore
  local in_table
  do
    local _ENV = { y = 7 } -- luacheck: ignore
    function in_table() return y end -- luacheck: ignore
  end
  for _ = 1, ROUNDS do
    expect(elsewhere(get)):equals(5)
    expect(elsewhere(in_table)):equals(7)
  end
end)

test("many functions: more than are kept", function()
  for i = 1, 700 do
    local fn = load(("return function(x) return x + %d end"):format(i))()
    for _ = 1, 3 do
      if sent(fn)(1) ~= 1 + i then error "wrong" end
    end
  end
  expect(elsewhere(function() return "still here" end)):equals "still here"
end)

test("errors name the place in the source", function()
  local function fails() error "here" end
  for _ = 1, ROUNDS do
    local ok, err = pcall(sent(fails))
    expect(ok):is_false()
    expect(err):matches "function_again_spec.lua:%d+: here"
  end
end)

test("the end of the worker", function()
  inbox:close()
  expect(worker:join()):is_true()
end)
