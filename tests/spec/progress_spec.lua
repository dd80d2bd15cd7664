-- braid.progress where there is no terminal: nothing is drawn, and loops go on as without it. What
-- is drawn on one is tested by tests/program/progress_test.lua.

local progress = require "braid.progress"
local queue = require "braid.queue"
local support = require "support"
local task = require "braid.task"
local thread = require "braid.thread"

local function collect(...)
  local got = {}
  for a, b in ... do
    if b ~= nil then a = { a, b } end
    got[#got + 1] = a
  end
  return got
end

test("a loop gets what is in a list, up to a number, and from an iterator", function()
  expect(collect(progress.bar { 10, 20, 30 })):same { 10, 20, 30 }
  expect(collect(progress.bar {})):same {}
  expect(collect(progress.bar(3))):same { 1, 2, 3 }
  expect(collect(progress.bar(0))):same {}
  expect(collect(progress.bar(("a b"):gmatch "%a"))):same { "a", "b" }
  expect(collect(progress.bar({ false, 1 }))):same { false, 1 }
end)

test("all three values of an iterator are used, with options behind the fourth", function()
  expect(collect(progress.bar(ipairs { "a", "b" }))):same { { 1, "a" }, { 2, "b" } }
  expect(collect(progress.bar(pairs { x = 1 }))):same { { "x", 1 } }
  expect(collect(progress.bar(next, { x = 1 }, nil, nil, { desc = "d", total = 1 }))):same { { "x", 1 } }
end)

test("the bar itself is what the loop calls", function()
  local bar <close> = progress.bar { 1, 2 }
  expect(collect(bar)):same { 1, 2 }
end)

test("what an iterator is to close is closed, however the loop ends", function()
  local closed = 0
  local function source()
    return ipairs { 1, 2 }, nil, 0, setmetatable({}, { __close = function() closed = closed + 1 end })
  end
  local step, list = ipairs { 1, 2 }
  local function loop(body)
    local _, _, control, closing = source()
    for i in progress.bar(step, list, control, closing) do body(i) end
  end
  loop(function() end)
  expect(closed):equals(1)
  expect_error(function() loop(error) end)
  expect(closed):equals(2)
end)

test("an iterator may wait", function()
  local got = {}
  for t in progress.bar(task.as_completed { { task.sleep, 0.02, "late" }, { task.sleep, 0, "soon" } }) do
    got[#got + 1] = t:result()
  end
  expect(got):same { "soon", "late" }
end)

test("update, describe and close may be called at any time", function()
  local bar = progress.bar(10, { desc = "all", leave = false })
  bar:update()
  bar:update(3)
  bar:update(-0.5)
  bar:describe "other"
  bar:close()
  bar:close()
  bar:update()
  local spinner <close> = progress.spinner "working"
  spinner:describe "still"
  spinner:close()
  progress.spinner():close()
  expect(bar):same(bar)
end)

test("they can be sent to other units", function()
  local bar <close> = progress.bar(2)
  local spinner <close> = progress.spinner "s"
  local updated = thread.spawn(function(b)
    b:update()
    spinner:describe "other"
    return getmetatable(b).__name
  end, bar):result()
  expect(updated):equals "braid.Bar"
  local q = queue.Queue()
  q:put(bar)
  expect(getmetatable(q:get()) == getmetatable(bar)):is_true()
end)

test("wrong arguments", function()
  local here = "progress_spec.lua:%d+: "
  expect_error(function() progress.bar() end, here .. "bad argument #1 to 'bar' %(number, list or")
  expect_error(function() progress.bar "x" end, "got string")
  expect_error(function() progress.bar(-1) end, here .. "bad argument #1 to 'bar'")
  expect_error(function() progress.bar(0 / 0) end, here .. "bad argument #1 to 'bar'")
  expect_error(function() progress.bar(1, 2) end, here .. "bad argument #2 to 'bar' %(table expected")
  expect_error(function() progress.bar(1, { des = "x" }) end, here .. ".*unknown option 'des'")
  expect_error(function() progress.bar(1, { desc = 1 }) end, "option 'desc': string expected")
  expect_error(function() progress.spinner(1) end, here .. "bad argument #1 to 'spinner'")
  local bar <close> = progress.bar(1)
  expect_error(function() bar:update "x" end, here .. "bad argument #1 to 'update'")
  expect_error(function() bar:update(0 / 0) end, "got nan")
  expect_error(function() bar.update(1) end, here .. "bad argument #1 to 'update'")
  expect_error(function() bar:describe(1) end, here .. "bad argument #1 to 'describe'")
end)

test("nothing reaches stdout or stderr", function()
  local out, err, status = support.script [[
    local progress = require("braid").progress
    for _ in progress.bar(3) do end
    local spinner <close> = progress.spinner "working"
    require("braid").time.sleep(0.15)]]
  expect(status):equals(0)
  expect(out):equals ""
  expect(err):equals ""
end)
