-- map and imap_unordered, for pools of threads and of processes.
-- luacheck: globals test expect expect_error

local queue = require "braid.queue"
local shared = require "braid.shared"
local sync = require "braid.sync"
local task = require "braid.task"

local function square(x) return x * x end

local function upto(n)
  local i = 0
  return function()
    i = i + 1
    if i <= n then return i end
  end
end

-- All that a map yields, errors included.
local function drain(iterate)
  local got, errors = {}, {}
  while true do
    local ok, i, value = pcall(iterate)
    if not ok then
      errors[#errors + 1] = i
    elseif i == nil then
      return got, errors
    else
      got[#got + 1] = { i, value }
    end
  end
end

return function(Executor)
  test("map yields index and results in order, from lists and iterators", function()
    local ex <close> = Executor(2)
    local function all(...)
      local got = {}
      for i, r in ex:map(...) do
        expect(i):equals(#got + 1)
        got[i] = r == nil and "nil" or r
      end
      return got
    end
    expect(all(square, { 1, 2, 3 })):same { 1, 4, 9 }
    expect(all(square, {})):same {}
    expect(all(function(a, b) return a .. b end, { 1, 2, 3 }, { "x", "y" })):same { "1x", "2y" }
    expect(all(string.upper, ("a b c"):gmatch "%a")):same { "A", "B", "C" }
    expect(all(function(i, v) return i .. v end, ipairs { "x", "y" })):same { "1x", "2y" }
    expect(all(function(k, v) return k .. v end, pairs { a = 1 })):same { "a1" }
    expect(all(tostring, { 1, nil, 3, n = 3 })):same { "1", "nil", "3" }
    expect(all(function() end, { 1, 2 })):same { "nil", "nil" }
    local q = queue.Queue()
    q:put_many { 1, 2 }
    q:close()
    expect(all(square, q:iter())):same { 1, 4 }
    for _, a, b in ex:map(function(x) return x, -x end, { 5 }, { chunksize = 3 }) do
      expect(a + b):equals(0)
    end
  end)

  test("map of many short calls, in chunks of its own choice and of ours", function()
    local ex <close> = Executor(2)
    for _, options in ipairs { { chunksize = 7 }, { chunksize = 10000 }, { timeout = 100 } } do
      local sum, last = 0, 0
      for i, r in ex:map(square, upto(3000), options) do
        if i ~= last + 1 then error "order" end
        last, sum = i, sum + r
      end
      expect(sum):equals(9004500500)
    end
    local seen, sum = {}, 0
    for i, r in ex:imap_unordered(square, upto(3000)) do
      if seen[i] then error "twice" end
      seen[i], sum = true, sum + r
    end
    expect(sum):equals(9004500500)
  end)

  test("an error is raised in its place, and every other call runs once", function()
    local ex <close> = Executor(2)
    for _, size in ipairs { 1, 5, 100 } do
      for _, name in ipairs { "map", "imap_unordered" } do
        local ran = shared.Value("i32", 0)
        local got, errors = drain((ex[name](ex, function(x)
          ran:add(1)
          if x % 10 == 0 then error("ten " .. x, 0) end
          return x
        end, upto(40), { chunksize = size })))
        table.sort(errors)
        expect(errors):same { "ten 10", "ten 20", "ten 30", "ten 40" }
        expect(#got):equals(36)
        expect(ran.value):equals(40)
      end
    end
  end)

  test("what cannot travel fails in its place, too", function()
    local ex <close> = Executor(1)
    local function fails(x) return x == 2 and coroutine.create(print) or x end
    local got, errors = drain((ex:map(fails, { 1, 2, 3 }, { chunksize = 3 })))
    expect(#got):equals(2)
    expect(errors[1]):matches "cannot send a coroutine %(result 1%)"
  end)

  test("imap_unordered yields what is ready first", function()
    local ex <close> = Executor(2)
    local go = sync.Event()
    local order = {}
    for i, r in ex:imap_unordered(function(x)
      if x == 1 then go:wait() end
      return x
    end, { 1, 2 }) do
      expect(i):equals(r)
      order[#order + 1] = r
      go:set()
    end
    expect(order):same { 2, 1 }
  end)

  test("no more is fetched than is handed out, and nothing when the consumer stops", function()
    local ex <close> = Executor(2)
    local fetched = 0
    for i in ex:map(square, function()
      fetched = fetched + 1
      return fetched
    end, { chunksize = 1 }) do
      if i == 10 then break end
    end
    expect(fetched):at_most(20)
    local before = fetched
    ex:submit(math.sqrt, 4):join()
    expect(fetched):equals(before)
  end)

  test("an iterator that raises ends the map with its error", function()
    local ex <close> = Executor(1)
    expect_error(function()
      for _ in ex:map(square, function() error("source", 0) end) do error "no" end
    end, "source")
  end)

  test("a map that takes too long raises timeout and stops the work", function()
    local ex <close> = Executor(2)
    local never = sync.Event()
    local got = 0
    for _, name in ipairs { "map", "imap_unordered" } do
      expect_error(function()
        for _ in ex[name](ex, function(x)
          if x > 1 then never:wait() end
        end, { 1, 2, 3, 4, 5, 6 }, { timeout = 0.05, chunksize = 1 }) do
          got = got + 1
        end
      end, "timeout")
    end
    expect(got):at_most(2)
    expect(ex:submit(square, 3):result()):equals(9)
  end)

  test("arguments of map are checked before anything runs", function()
    local ex <close> = Executor(1)
    expect_error(function() ex:map(5, {}) end,
      "bad argument #1 to 'map' %(function expected, got number%)")
    expect_error(function() ex:map(square) end, "bad argument #2 to 'map'")
    expect_error(function() ex:map(square, 5) end, "list or iterator expected, got number")
    expect_error(function() ex:map(square, {}, { chunksize = 0 }) end, "chunksize")
    expect_error(function() ex:map(square, {}, { timeout = "x" }) end, "timeout: number expected")
    expect(task.current_task()):is_nil()
  end)
end
