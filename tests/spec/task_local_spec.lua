-- Local(): what one unit keeps there the others do not see.

local task = require "braid.task"

test("each task has its own fields", function()
  local here = task.Local()
  local function body(value)
    here.value = value
    task.sleep(0.001)
    return here.value
  end
  expect(task.gather({ body, "a" }, { body, "b" })):same { "a", "b", n = 2 }
end)

test("the main chunk has its own", function()
  local here = task.Local()
  here.value = "main"
  expect(task.run(function() here.value = "task" return here.value end)):equals "task"
  expect(here.value):equals "main"
end)

test("a field that was not set is nil", function()
  expect(task.run(function() return task.Local().anything end)):is_nil()
end)

test("two Locals are apart", function()
  local a, b = task.Local(), task.Local()
  a.x, b.x = 1, 2
  expect(a.x):equals(1)
  expect(b.x):equals(2)
end)

test("a coroutine of the script shares those of its task", function()
  local here = task.Local()
  local seen = task.run(function()
    here.value = "task"
    return coroutine.wrap(function()
      local before = here.value
      here.value = "coroutine"
      return before
    end)() .. " " .. here.value
  end)
  expect(seen):equals "task coroutine"
end)

test("what a finished task kept there is collected", function()
  local here = task.Local()
  local weak = setmetatable({}, { __mode = "v" })
  task.spawn(function()
    here.value = {}
    weak[1] = here.value
  end):join()
  collectgarbage()
  collectgarbage()
  expect(weak[1]):is_nil()
end)
