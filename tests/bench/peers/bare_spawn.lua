-- The least that plain Lua needs: coroutines made and run to their end, in batches and together.
local create, resume = coroutine.create, coroutine.resume
local function finish() end

local function create_and_resume(count)
  local kept = {}
  for i = 1, count do kept[i] = create(finish) end
  for i = 1, count do resume(kept[i]) end
end

local function measure(name, count, rounds)
  collectgarbage()
  local start = os.clock()
  for _ = 1, rounds do create_and_resume(count) end
  print(("%s %.4g ns"):format(name, (os.clock() - start) / (count * rounds) * 1e9))
end

measure("task_spawn", 1000, 300)
measure("task_spawn_at_once", 100000, 1)
