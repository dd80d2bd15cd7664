-- gather: results in order, the first error, what becomes of the rest.

local task = require "braid.task"

test("results come in the order of the arguments", function()
  local results = task.gather(
    function() task.sleep(0.003) return "a" end,
    function() task.sleep(0.001) return "b" end,
    function() return "c" end)
  expect(results):same { "a", "b", "c", n = 3 }
end)

test("arguments may be tasks, functions, or a list of function and arguments", function()
  local t = task.spawn(function() return "task" end)
  local results = task.gather(t, function() return "function" end,
    { function(...) return table.concat({ ... }, "+") end, "with", "arguments" })
  expect(results):same { "task", "function", "with+arguments", n = 3 }
end)

test("each gives one result, nil keeps its place", function()
  local results = task.gather(
    function() return 1, 2 end, function() end, function() return nil end, function() return 4 end)
  expect(results):same { 1, nil, nil, 4, n = 4 }
end)

test("gather of nothing is an empty table", function()
  expect(task.gather()):same { n = 0 }
end)

test("the same task may be there twice", function()
  local t = task.spawn(function() return "x" end)
  expect(task.gather(t, t)):same { "x", "x", n = 2 }
end)

test("all run at once", function()
  local here = 0
  local function meet_all()
    here = here + 1
    while here < 5 do task.yield() end
    return here
  end
  expect(task.gather(meet_all, meet_all, meet_all, meet_all, meet_all))
    :same { 5, 5, 5, 5, 5, n = 5 }
end)

test("the first error is raised with its own value", function()
  local value = {}
  local err = expect_error(function()
    task.gather(function() task.sleep(60) end, function() error(value) end)
  end)
  expect(err):equals(value)
end)

test("on an error the rest are cancelled, and have unwound before it is raised", function()
  local unwound = false
  local rest = task.spawn(function()
    local _ <close> = setmetatable({}, { __close = function()
      task.shield(function() task.sleep(0.01) end)
      unwound = true
    end })
    task.sleep(60)
  end)
  expect_error(function()
    task.gather(rest, function()
      task.sleep(0.001)
      error "first"
    end)
  end, "first")
  expect(unwound):is_true()
  expect(rest:cancelled()):is_true()
end)

test("with return_exceptions errors take the place of results", function()
  local value = {}
  local results = task.gather(
    function() return 1 end, function() error(value) end, function() return 3 end,
    { return_exceptions = true })
  expect(results.n):equals(3)
  expect(results[1]):equals(1)
  expect(results[2]):equals(value)
  expect(results[3]):equals(3)
end)

test("a cancelled task raises cancelled in gather, which may be caught", function()
  local t = task.spawn(task.sleep, 60)
  task.yield()
  t:cancel()
  expect_error(function() task.gather(t) end, "cancelled")
  local results = task.gather(t, { return_exceptions = true })
  expect(results[1].kind):equals "cancelled"
end)

test("cancelling the caller cancels what gather waits for", function()
  local started, ended = 0, 0
  local function child()
    local _ <close> = setmetatable({}, { __close = function() ended = ended + 1 end })
    started = started + 1
    task.sleep(60)
  end
  local t = task.spawn(function() task.gather(child, child) end)
  while started < 2 do task.yield() end
  t:cancel()
  t:join()
  expect(t:cancelled()):is_true()
  expect(ended):equals(2)
end)

test("gather works in the main chunk and in a task alike", function()
  local function one() return 1 end
  expect(task.gather(one)):same { 1, n = 1 }
  expect(task.run(function() return task.gather(one) end)):same { 1, n = 1 }
end)

test("ten thousand at once", function()
  local calls = {}
  for i = 1, 10000 do calls[i] = { function(n) task.sleep(0) return n end, i } end
  local results = task.gather(table.unpack(calls))
  expect(results.n):equals(10000)
  expect(results[1]):equals(1)
  expect(results[10000]):equals(10000)
end)
