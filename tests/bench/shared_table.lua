-- Reads and writes of a shared table, from one unit: what each costs.
local shared, time = require "braid.shared", require "braid.time"

local rounds <const> = 1000000

local function measure(name, fn, count)
  local start = time.perf_counter()
  fn(count or rounds)
  print(("%s %.4g ns"):format(name, (time.perf_counter() - start) / (count or rounds) * 1e9))
end

local st = shared.Table {number = 1, text = "short", long = ("x"):rep(100), list = {1, 2, 3}}
for i = 1, 1000 do st[i] = i end

measure("shared_read_number", function(n) for _ = 1, n do local _ = st.number end end)
measure("shared_read_item", function(n) for i = 1, n do local _ = st[i % 1000 + 1] end end)
measure("shared_read_text", function(n) for _ = 1, n do local _ = st.text end end)
measure("shared_read_long_text", function(n) for _ = 1, n do local _ = st.long end end)
measure("shared_read_list", function(n) for _ = 1, n do local _ = st.list end end)
measure("shared_write_number", function(n) for i = 1, n do st.number = i end end)
measure("shared_write_item", function(n) for i = 1, n do st[i % 1000 + 1] = i end end)
measure("shared_write_long_text", function(n)
  local long = ("y"):rep(100)
  for _ = 1, n do st.long = long end
end)
measure("shared_write_list", function(n)
  local list = {1, 2, 3}
  for _ = 1, n do st.list = list end
end)
measure("shared_incr", function(n) for _ = 1, n do st:incr "number" end end)
measure("shared_update", function(n)
  local function add(x) return x + 1 end
  for _ = 1, n do st:update("number", add) end
end, 200000)
measure("shared_value_add", function(n)
  local v = shared.Value "i64"
  for _ = 1, n do v:add(1) end
end)
measure("shared_array_write", function(n)
  local a = shared.Array("f64", 1000)
  for i = 1, n do a[i % 1000 + 1] = i end
end)

-- The same table from several threads at once: per operation of all of them together.
local thread = require "braid.thread"

local function together(name, count, fn)
  local started, go = shared.Value "i32", require("braid.sync").Event()
  local each, many = rounds // 4 // count, {}
  for i = 1, count do
    many[i] = thread.spawn(function()
      started:add(1)
      go:wait()
      fn(st, each, i)
    end)
  end
  while started.value < count do time.sleep(0.001) end
  local start = time.perf_counter()
  go:set()
  for _, unit in ipairs(many) do unit:join() end
  print(("%s_%d %.4g ns"):format(name, count, (time.perf_counter() - start) / (each * count) * 1e9))
end

for _, count in ipairs {1, 2, 4} do
  together("shared_threads_read", count, function(t, n) for _ = 1, n do local _ = t.number end end)
  together("shared_threads_write", count, function(t, n) for i = 1, n do t.number = i end end)
end
