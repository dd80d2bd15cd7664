-- group: a block that does not end before the tasks started in it.

local task = require "braid.task"

local function in_group(body)
  local g <close> = task.group()
  body(g)
end

-- A child that never ends by itself and counts how often it was unwound.
local unwound = 0
local function endless()
  local _ <close> = setmetatable({}, { __close = function() unwound = unwound + 1 end })
  task.sleep(60)
end

test("leaving the block waits for all", function()
  local finished = 0
  in_group(function(g)
    for i = 1, 3 do
      g:spawn(function(n)
        task.sleep(n / 1000)
        finished = finished + 1
      end, i)
    end
    expect(finished):equals(0)
  end)
  expect(finished):equals(3)
end)

test("spawn gives a task, whose result may be taken", function()
  in_group(function(g)
    local t = g:spawn(function(a, b) return a + b end, 1, 2)
    expect(t:result()):equals(3)
  end)
end)

test("an empty group ends at once", function()
  expect(pcall(in_group, function() end)):is_true()
end)

test("a child may start another in the group while the block is left", function()
  local finished = false
  in_group(function(g)
    g:spawn(function()
      task.sleep(0.002)
      g:spawn(function()
        task.sleep(0.002)
        finished = true
      end)
    end)
  end)
  expect(finished):is_true()
end)

test("the first error cancels the rest and is raised as it is", function()
  unwound = 0
  local value = {}
  local err = expect_error(function()
    in_group(function(g)
      g:spawn(endless)
      g:spawn(endless)
      g:spawn(function()
        task.sleep(0.002)
        error(value)
      end)
    end)
  end)
  expect(err):equals(value)
  expect(unwound):equals(2)
end)

test("the first error ends the block's own wait", function()
  local after_wait = false
  expect_error(function()
    in_group(function(g)
      g:spawn(function() error("from the child", 0) end)
      task.sleep(60)
      after_wait = true
    end)
  end, "^from the child$")
  expect(after_wait):is_false()
end)

test("the unit of the block is not cancelled by it", function()
  local t = task.spawn(function()
    pcall(in_group, function(g)
      g:spawn(error, "child")
      task.sleep(60)
    end)
    task.sleep(0.001)
    return "goes on"
  end)
  expect(t:result()):equals "goes on"
end)

test("an error of the block cancels the children and is raised", function()
  unwound = 0
  expect_error(function()
    in_group(function(g)
      g:spawn(endless)
      task.yield()
      error("from the block", 0)
    end)
  end, "^from the block$")
  expect(unwound):equals(1)
end)

test("several errors are one error that lists them", function()
  local err = expect_error(function()
    in_group(function(g)
      g:spawn(function()
        local _ <close> = setmetatable({}, { __close = function() error("two", 0) end })
        task.sleep(60)
      end)
      g:spawn(function() error("one", 0) end)
    end)
  end, "group")
  local texts = {}
  for i, e in ipairs(err.errors) do texts[i] = tostring(e) end
  table.sort(texts)
  expect(texts):same { "one", "two" }
  expect(tostring(err)):matches "one"
  expect(tostring(err)):matches "two"
end)

test("cancel ends the children, and leaving after it raises nothing", function()
  unwound = 0
  local body_went_on = false
  in_group(function(g)
    g:spawn(endless)
    g:spawn(endless)
    task.yield()
    g:cancel()
    task.sleep(0.001)
    body_went_on = true
  end)
  expect(unwound):equals(2)
  expect(body_went_on):is_true()
end)

test("spawn on a finished group raises", function()
  local kept
  in_group(function(g) kept = g end)
  local ran = false
  local err = expect_error(function() kept:spawn(function() ran = true end) end)
  expect(tostring(err)):matches "group"
  task.yield()
  expect(ran):is_false()
end)

test("cancelling the unit of the block cancels the children and waits for them", function()
  unwound = 0
  local started = false
  local t = task.spawn(in_group, function(g)
    g:spawn(endless)
    g:spawn(function()
      local _ <close> = setmetatable({}, { __close = function()
        task.shield(function() task.sleep(0.01) end)
        unwound = unwound + 1
      end })
      started = true
      task.sleep(60)
    end)
    task.sleep(60)
  end)
  while not started do task.yield() end
  t:cancel()
  t:join()
  expect(unwound):equals(2)
  expect(t:cancelled()):is_true()
end)

test("the error of an inner group is one error of the outer one", function()
  unwound = 0
  local value = {}
  local err = expect_error(function()
    in_group(function(outer)
      outer:spawn(endless)
      task.yield()
      in_group(function(inner)
        inner:spawn(endless)
        inner:spawn(error, value)
      end)
    end)
  end)
  expect(err):equals(value)
  expect(unwound):at_least(1)
end)

test("a child that is cancelled by itself is no error of the group", function()
  local other = false
  in_group(function(g)
    local t = g:spawn(task.sleep, 60)
    g:spawn(function()
      task.sleep(0.005)
      other = true
    end)
    task.yield()
    t:cancel()
  end)
  expect(other):is_true()
end)

test("a finalizer that spawns while the group spawns is no trouble", function()
  local ran, again = 0, true
  in_group(function(g)
    local function child() ran = ran + 1 end
    local function leave_garbage()
      setmetatable({}, { __gc = function()
        if not again then return end
        g:spawn(child)
        leave_garbage()
      end })
    end
    leave_garbage()
    local old = collectgarbage("incremental", 1, 1000)
    for _ = 1, 2000 do g:spawn(child) end
    again = false
    collectgarbage(old)
    expect(ran):equals(0)
  end)
  expect(ran):at_least(2001)
end)
