-- Starting tasks: when the first step happens, what the function gets, who the task is.

local task = require "braid.task"

test("a spawned task first runs when the spawner waits", function()
  local order = {}
  local t = task.spawn(function() order[#order + 1] = "task" end)
  order[#order + 1] = "spawner"
  t:join()
  expect(order):same { "spawner", "task" }
end)

test("tasks take their first step in the order they were spawned", function()
  local order, tasks = {}, {}
  for i = 1, 5 do
    tasks[i] = task.spawn(function() order[#order + 1] = i end)
  end
  task.joinall(tasks)
  expect(order):same { 1, 2, 3, 4, 5 }
end)

test("a task spawned by a task runs after those spawned before it", function()
  local order = {}
  local inner
  local a = task.spawn(function()
    inner = task.spawn(function() order[#order + 1] = "inner" end)
    order[#order + 1] = "a"
  end)
  local b = task.spawn(function() order[#order + 1] = "b" end)
  task.joinall { a, b }
  inner:join()
  expect(order):same { "a", "b", "inner" }
end)

test("the function gets the arguments, nil among them", function()
  local t = task.spawn(function(...) return select("#", ...), ... end, 1, nil, "x", nil)
  expect(table.pack(t:result())):same { 4, 1, nil, "x", nil, n = 5 }
end)

test("a C function can be a task", function()
  expect(task.spawn(math.max, 3, 7, 5):result()):equals(7)
end)

test("spawn, create_task and ensure_future are one", function()
  expect(task.create_task):equals(task.spawn)
  expect(task.ensure_future):equals(task.spawn)
end)

test("ensure_future hands back the Task that it is given", function()
  local t = task.spawn(function() return 1 end)
  expect(task.ensure_future(t)):equals(t)
  expect(t:result()):equals(1)
end)

test("run returns all results of the function", function()
  expect(table.pack(task.run(function(a, b) return b, a, nil end, 1, 2)))
    :same { 2, 1, nil, n = 3 }
end)

test("run runs the function as a task", function()
  expect(task.run(function() return task.current_task() ~= nil end)):is_true()
end)

test("run raises the error of the function", function()
  local value = {}
  expect(expect_error(function() task.run(function() error(value) end) end)):equals(value)
end)

test("other tasks go on while run runs and after it", function()
  local steps, stop = 0, false
  local other = task.spawn(function()
    while not stop do
      steps = steps + 1
      task.yield()
    end
  end)
  task.run(function()
    local seen = steps
    while steps < seen + 10 do task.yield() end
  end)
  expect(other:done()):is_false()
  stop = true
  other:join()
  expect(steps):at_least(10)
end)

test("run may be called inside a task", function()
  local inner, outer
  task.run(function()
    outer = task.current_task()
    task.run(function() inner = task.current_task() end)
  end)
  expect(inner ~= nil and inner ~= outer):is_true()
end)

test("current_task is nil in the main chunk and the task inside it", function()
  expect(task.current_task()):is_nil()
  local t
  t = task.spawn(function() return task.current_task() == t end)
  expect(t:result()):is_true()
end)

test("current_task in a coroutine of the script is the task that runs it", function()
  local t
  t = task.spawn(function()
    return coroutine.wrap(function() return task.current_task() == t end)()
  end)
  expect(t:result()):is_true()
end)

test("all_tasks lists those that have not finished", function()
  local before = #task.all_tasks()
  local go = false
  local t = task.spawn(function() while not go do task.yield() end end)
  local found = false
  for _, one in ipairs(task.all_tasks()) do found = found or one == t end
  expect(found):is_true()
  expect(#task.all_tasks()):equals(before + 1)
  go = true
  t:join()
  expect(#task.all_tasks()):equals(before)
end)

test("each task has a name of its own", function()
  local a, b = task.spawn(function() end), task.spawn(function() end)
  expect(type(a.name)):equals "string"
  expect(a.name ~= b.name):is_true()
  task.joinall { a, b }
end)

test("yield lets every other ready task take a step", function()
  local order = {}
  local function body(name)
    for i = 1, 3 do
      order[#order + 1] = name .. i
      task.yield()
    end
  end
  task.joinall { task.spawn(body, "a"), task.spawn(body, "b") }
  expect(order):same { "a1", "b1", "a2", "b2", "a3", "b3" }
end)

test("sleep returns the value it is given", function()
  expect(task.sleep(0, "value")):equals "value"
  expect(task.run(task.sleep, 0.001, "value")):equals "value"
end)

test("sleep(0) gives way to the others", function()
  local order = {}
  local a = task.spawn(function()
    order[#order + 1] = "a1"
    task.sleep(0)
    order[#order + 1] = "a2"
  end)
  local b = task.spawn(function() order[#order + 1] = "b" end)
  task.joinall { a, b }
  expect(order):same { "a1", "b", "a2" }
end)

test("a hundred thousand tasks run", function()
  local count, tasks = 0, {}
  for i = 1, 100000 do
    tasks[i] = task.spawn(function() count = count + 1 end)
  end
  expect(task.joinall(tasks)):is_true()
  expect(count):equals(100000)
end)
