-- braid.shared: Table as one unit sees it.

local shared = require "braid.shared"
local sync = require "braid.sync"
local Table = shared.Table

test("a Table has what was put in", function()
  local st = Table()
  st.name, st[1], st[2.0], st[true], st[0.5], st[-1] = "x", "one", "two", "yes", "half", "minus"
  expect(st.name):equals "x"
  expect(st[1]):equals "one"
  expect(st[2]):equals "two"
  expect(st[2.0]):equals "two"
  expect(st[true]):equals "yes"
  expect(st[false]):is_nil()
  expect(st[0.5]):equals "half"
  expect(st[-1]):equals "minus"
  expect(st["1"]):is_nil()
  expect(st.nothing):is_nil()
end)

test("a Table begins with a copy of a table", function()
  local t = {1, 2, x = {y = "z"}, [true] = false}
  local st = Table(t)
  t.x.y = "changed"
  expect(st:totable()):same {1, 2, x = {y = "z"}, [true] = false}
  expect_error(function() Table(1) end, "bad argument #1 to '.*Table' %(table expected, got number")
  expect_error(function() Table {[{}] = 1} end, "a table cannot be a key")
  expect_error(function() Table {append = 1} end, "'append' cannot be a key")
  expect_error(function() Table {a = {b = coroutine.create(print)}} end,
    'cannot send a coroutine %(field "a%.b"%)')
end)

test("a Table begins with a copy of another one", function()
  local first = Table {1, {2}, x = {y = "z"}}
  first.itself = first
  local second = Table(first)
  first[1], first.x = 5, nil
  expect(second == first):is_false()
  expect(second.itself == first):is_true()
  expect(second:tolist()):same {1, {2}}
  expect(second.x):same {y = "z"}
  expect_error(function() Table(shared.Array("i32", 2)) end, "table expected, got Array")
  expect_error(function() Table(shared.Value("i32")) end, "table expected, got Value")
end)

test("values keep their type and every bit", function()
  local st = Table()
  local function check(value)
    st.v = value
    expect(math.type(st.v)):equals(math.type(value))
    expect(st.v):equals(value)
  end
  for _, value in ipairs {0, -1, math.maxinteger, math.mininteger, 0.0, 1e300, -math.huge, true,
                          false, "", "short", ("x"):rep(14), ("x"):rep(15), ("y"):rep(100000),
                          "with \0 zeros \0"} do
    check(value)
  end
  st.v = 0 / 0
  expect(st.v ~= st.v):is_true()
  st.v = -0.0
  expect(1 / st.v):equals(-math.huge)
end)

test("a table put in is a copy, and one read out is another", function()
  local st, t = Table(), {list = {1, 2}}
  t.itself = t
  st.t = t
  t.list[1] = 9
  local read = st.t
  expect(read.list[1]):equals(1)
  expect(read.itself == read):is_true()
  read.list[1] = 8
  expect(st.t.list[1]):equals(1)
  expect(st.t == st.t):is_false()
end)

test("functions are copied with what they need, handles travel by reference", function()
  local st, n = Table(), 5
  st.fn = function(x) return x + n end
  n = 6
  expect(st.fn(1)):equals(6)
  local lock = sync.Lock()
  st.lock = lock
  st.list = {lock, Table {1}}
  expect(st.lock == lock):is_true()
  st.list[2]:append(2)
  expect(#st.list[2]):equals(2)
  expect(st.list[1] == lock):is_true()
end)

test("what cannot be a key or a value is refused, and nothing changes", function()
  local st = Table {x = 1}
  local n = 0
  for _, key in ipairs {{}, print, io.stdout, coroutine.create(print), st} do
    expect_error(function() st[key] = 1 end, "cannot be a key of a shared Table")
    expect_error(function() return st[key] end, "cannot be a key of a shared Table")
    expect_error(function() st:incr(key) end, "cannot be a key")
    n = n + 1
  end
  expect(n):equals(5)
  expect_error(function() st[nil] = 1 end, "table index is nil")
  expect_error(function() st[0 / 0] = 1 end, "table index is NaN")
  expect(st[nil]):is_nil()
  expect(st[0 / 0]):is_nil()
  expect_error(function() st.x = coroutine.create(print) end, "cannot send a coroutine")
  expect_error(function() st.x = {a = {io.stdout}} end, 'cannot send a file %(field "x%.a%[1%]"%)')
  expect_error(function() st:append(io.stdout) end, "cannot send a file")
  expect_error(function() st:insert(1, io.stdout) end, "cannot send a file")
  expect_error(function() st:update("x", function() return io.stdout end) end, "cannot send a file")
  expect(st:totable()):same {x = 1}
end)

test("a refusal names the place, from the Table's key on", function()
  local st, co = Table(), coroutine.create(print)
  local function place(value, where, key)
    local _, err = pcall(function() st[key or "x"] = value end)
    expect(err:match "%((.*)%)$"):equals(where)
    expect(st[key or "x"]):is_nil()
  end
  place(co, 'field "x"')
  place({q = {co}}, 'field "x.q[1]"')
  place({co}, 'field "[5][1]"', 5)
  place({co}, 'field "[\'two words\'][1]"', "two words")
  place({co}, 'field "[true][1]"', true)
  place({q = {[co] = 1}}, 'field "x.q", key')
  place({q = {[{co}] = 1}}, 'field "x.q", key, field "[1]"')
  place({function() return co end}, 'field "x[1]", upvalue "co"')
  place({q = setmetatable({}, {__transfer = 5})}, 'field "x.q"')
  place({q = setmetatable({}, {__transfer = function() return 5 end})}, 'field "x.q"')
  place({q = setmetatable({}, {__transfer = function() return print, co end})},
    'field "x.q", __transfer')
  expect_error(function() st.x = {setmetatable({}, {__transfer = 5})} end,
    "cannot send a value whose __transfer is no function")
  expect_error(function() st:update("x", function() return {a = co} end) end,
    'cannot send a coroutine %(field "x%.a"%)')
  expect_error(function() st:append {co} end, 'cannot send a coroutine %(field "%[1%]"%)')
  local deep = {co}
  for _ = 1, 40 do deep = {deep} end
  place(deep, 'field "x' .. ("[1]"):rep(8) .. "..." .. ("[1]"):rep(8) .. '"')
end)

test("the methods' names cannot be keys", function()
  local st = Table()
  for name in ("append get_lock incr insert remove tolist totable update"):gmatch "%S+" do
    local message = "'" .. name .. "' cannot be a key of a shared Table: it is a method"
    expect(type(st[name])):equals "function"
    expect_error(function() st[name] = 1 end, message)
    expect_error(function() st:incr(name) end, message)
    expect_error(function() st:update(name, print) end, message)
  end
  expect(st.__gc):is_nil()
  st.__index = 1
  expect(st.__index):equals(1)
end)

test("the length is a border", function()
  local st = Table()
  expect(#st):equals(0)
  for i = 1, 10 do st[i] = i end
  expect(#st):equals(10)
  st[10] = nil
  expect(#st):equals(9)
  st[4] = nil
  expect(st[#st] ~= nil and st[#st + 1] == nil):is_true()
  for i = 9, 5, -1 do st[i] = nil end
  expect(#st):equals(3)
  st[5] = 5
  expect(#st):equals(3)
  st[4] = 4
  expect(#st):equals(5)
end)

test("append returns the new length", function()
  local st = Table()
  expect(st:append("a")):equals(1)
  expect(st:append({})):equals(2)
  expect_error(function() st:append() end, "bad argument #1 to 'append' %(value expected, got nil")
  expect_error(function() st:append(nil) end, "value expected")
  st[4] = "later"
  expect(st:append("c")):equals(4)
  expect(#st):equals(4)
  expect(st[3]):equals "c"
end)

test("insert and remove do what Lua's own do", function()
  local st, t = Table(), {}
  local function both(call)
    local mine, theirs = table.pack(call(st, st.insert, st.remove)),
      table.pack(call(t, table.insert, table.remove))
    expect(mine[1]):equals(theirs[1])
    expect(st:tolist()):same(t)
  end
  both(function(x, insert) insert(x, "a") end)
  both(function(x, insert) insert(x, 1, "b") end)
  both(function(x, insert) insert(x, 2, "c") end)
  both(function(x, insert) insert(x, 4, "d") end)
  both(function(x, _, remove) return remove(x, 1) end)
  both(function(x, _, remove) return remove(x) end)
  both(function(x, _, remove) return remove(x, 3) end)
  both(function(x, _, remove) return remove(x, 2) end)
  both(function(x, _, remove) return remove(x, 1) end)
  both(function(x, _, remove) return remove(x) end)
  both(function(x, _, remove) return remove(x, 0) end)
  st:append("x")
  expect_error(function() st:insert(3, "y") end, "bad argument #1 to 'insert' %(position out of bounds")
  expect_error(function() st:insert(0, "y") end, "position out of bounds")
  expect_error(function() st:insert(1, nil) end, "value expected")
  expect_error(function() st:insert() end, "wrong number of arguments to 'insert'")
  expect_error(function() st:insert(1, 2, 3) end, "wrong number of arguments to 'insert'")
  expect_error(function() st:insert("x", 2) end, "number expected, got string")
  expect_error(function() st:remove(3) end, "position out of bounds")
  expect_error(function() st:remove(0) end, "position out of bounds")
  expect(st:tolist()):same {"x"}
end)

test("a hundred thousand items and a hundred thousand keys", function()
  local st = Table()
  for i = 1, 100000 do
    st[i] = i
    st["key" .. i] = i
  end
  expect(#st):equals(100000)
  local sum = 0
  for i = 1, 100000, 7 do sum = sum + st[i] - st["key" .. i] end
  expect(sum):equals(0)
  for i = 1, 100000 do st["key" .. i] = nil end
  expect(#st:totable()):equals(100000)
  expect(next(st:totable(), 100000)):is_nil()
end)

test("pairs goes over a snapshot", function()
  local st = Table {1, 2, 3, x = "y"}
  local seen = {}
  for k, v in pairs(st) do
    seen[k] = v
    st[k] = nil
    st["new" .. tostring(k)] = v
  end
  expect(seen):same {1, 2, 3, x = "y"}
  expect(st:totable()):same {new1 = 1, new2 = 2, new3 = 3, newx = "y"}
  expect(#st):equals(0)
  local order = {}
  for i, v in ipairs(Table {"a", "b"}) do order[i] = v end
  expect(order):same {"a", "b"}
end)

test("tolist has the items, totable everything", function()
  local st = Table {1, {2}, x = {3}}
  expect(st:tolist()):same {1, {2}}
  expect(st:totable()):same {1, {2}, x = {3}}
  expect(Table():tolist()):same {}
end)

test("incr adds to a number or to nothing, as Lua adds", function()
  local st = Table()
  expect(st:incr("n")):equals(1)
  expect(math.type(st.n)):equals "integer"
  expect(st:incr("n", 4)):equals(5)
  expect(st:incr("n", -5)):equals(0)
  expect(st:incr("n", 0.5)):equals(0.5)
  expect(st:incr("new", 2.5)):equals(2.5)
  expect(st:incr(1)):equals(1)
  expect(#st):equals(1)
  st.max = math.maxinteger
  expect_error(function() st:incr("max") end,
    "bad argument #2 to 'incr' %(the sum is out of range for an integer")
  expect(st.max):equals(math.maxinteger)
  expect(st:incr("max", math.mininteger)):equals(-1)
  expect(st:incr("max", math.mininteger + 1)):equals(math.mininteger)
  expect_error(function() st:incr("max", -1) end, "the sum is out of range")
  expect(st:incr("max", -1.0)):equals(math.mininteger - 1.0)
  expect_error(function() st:incr() end, "bad argument #1 to 'incr' %(value expected")
  expect_error(function() st:incr(nil) end, "table index is nil")
  expect_error(function() st:incr("n", "1") end, "bad argument #2 to 'incr' %(number expected")
  st.s, st.b, st.t = "5", true, {}
  expect_error(function() st:incr("s") end, "cannot increment a string")
  expect_error(function() st:incr("b") end, "cannot increment a boolean")
  expect_error(function() st:incr("t") end, "cannot increment a value that is no number")
  expect(st.s):equals "5"
end)

test("update puts in what the function makes of the value", function()
  local st = Table {list = {1}}
  expect(st:update("n", function(old) return (old or 10) + 1 end)):equals(11)
  expect(st.n):equals(11)
  st:update("list", function(list)
    list[2] = 2
    return list
  end)
  expect(st.list):same {1, 2}
  expect(st:update("n", function() end)):is_nil()
  expect(st.n):is_nil()
  local callable = setmetatable({}, {__call = function(_, old) return old end})
  expect(st:update("list", callable)):same {1, 2}
  expect_error(function() st:update("n") end, "bad argument #2 to 'update' %(function expected")
  expect_error(function() st:update("n", 5) end, "function expected, got number")
  expect_error(function() st:update() end, "bad argument #1 to 'update'")
end)

test("an update that fails changes nothing and lets go of the lock", function()
  local st = Table {n = 1, t = {1}}
  local failure = {}
  local ok, err = pcall(st.update, st, "n", function() error(failure) end)
  expect(ok):is_false()
  expect(err == failure):is_true()
  expect(st.n):equals(1)
  expect_error(function() st:update("t", function(t) t[1] = 2 error "no" end) end, "no")
  expect(st.t):same {1}
  expect(st:get_lock():locked()):is_false()
end)

test("an update reads its table, but changes it only by what it returns", function()
  local st, reads = Table {n = 1, m = 2, "item"}, nil
  local function refused(change)
    expect_error(function()
      st:update("n", function()
        reads = {st.n, st.m, #st, st:totable().m, #st:tolist()}
        change()
      end)
    end, "deadlock: the unit is updating this Table")
    expect(reads):same {1, 2, 1, 2, 1}
    expect(st:totable()):same {n = 1, m = 2, "item"}
    st.m = 2  -- it is free again
  end
  refused(function() st.n = 5 end)
  refused(function() st.m = 5 end)
  refused(function() st:incr("m") end)
  refused(function() st:append("b") end)
  refused(function() st:insert(1, "b") end)
  refused(function() st:remove() end)
  refused(function() st:remove(1) end)
  refused(function() st:update("n", function() return 5 end) end)
  refused(function() st:update("m", function() return 5 end) end)
  local kind
  expect(st:update("n", function(n)
    local ok, err = pcall(function() st.n = 5 end)
    kind = not ok and err.kind
    return n + 1
  end)):equals(2)
  expect(kind):equals "deadlock"
  expect(st.n):equals(2)
end)

test("an update may use other tables", function()
  local a, b = Table {n = 1}, Table {n = 10}
  expect(a:update("n", function(n)
    b.seen = n
    return b:update("n", function(m) return n + m end)
  end)):equals(11)
  expect(a.n):equals(11)
  expect(b:totable()):same {n = 11, seen = 1}
end)

test("handles of one table are equal, and its lock is one", function()
  local st = Table()
  local outer = Table {inner = st}
  expect(outer.inner == st):is_true()
  expect(outer.inner == outer):is_false()
  expect(tostring(st)):matches "^Table: "
  expect(st:get_lock() == outer.inner:get_lock()):is_true()
  expect_error(function() st.append({}, 1) end, "bad argument #1 to 'append' %(Table expected")
end)

test("a Table may contain itself and others that contain it", function()
  local a, b = Table {name = "a"}, Table {name = "b"}
  a.itself, a.b, b.a = a, b, a
  expect(a.itself.itself.b.a.name):equals "a"
  expect(a:totable().b == b):is_true()
end)

test("a value with __transfer travels as it says", function()
  local st = Table()
  local class = {__transfer = function(value) return string.rep, value.text, 2 end}
  st.v = setmetatable({text = "ab"}, class)
  expect(st.v):equals "abab"
  local refusing = setmetatable({}, {__transfer = function() error "stays here" end})
  expect_error(function() st.v = refusing end, "stays here")
  expect(st.v):equals "abab"
end)

test("what arrives with an error leaves the table as it was", function()
  local st = Table()
  st.v = setmetatable({}, {__transfer = function() return error, "not here" end})
  for _ = 1, 3 do expect_error(function() return st.v end, "not here") end
  expect_error(function() return st:totable() end, "not here")
  expect_error(function() st:update("v", print) end, "not here")
  st.v = 1
  expect(st.v):equals(1)
end)
