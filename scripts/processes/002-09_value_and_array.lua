-- Example 002-9: Value and Array between processes.
-- Look at: what the other process has written is there afterwards, the sum of 1 to 100 and the
-- squares of these numbers.

local process = require "braid.process"
local shared = require "braid.shared"

local function worker(value, array)
  for i = 1, 100 do
    value.value = value.value + i
    array[i] = i * i
  end
end

local value = shared.Value(shared.c_int64, 0) -- an int64 that both see
local array = shared.Array(shared.c_int64, 100) -- 100 of them

local w = process.Process { target = worker, args = { value, array } }
w:start()
w:join()

print(value.value)
for _, item in ipairs(array) do print(item) end
