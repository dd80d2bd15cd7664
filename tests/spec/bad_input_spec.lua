-- A wrong argument raises at once, with Lua's usual text, and changes nothing.

local task = require "braid.task"
local time = require "braid.time"
local support = require "support"

local nan = 0 / 0

-- Each row: a call, and the pattern of its error, whose position is that of the call.
local function check(rows)
  for _, row in ipairs(rows) do
    local err = expect_error(row[1], row[2])
    expect(err):matches "^[^:]*bad_input_spec%.lua:%d+: "
  end
end

test("sleep wants a number of seconds", function()
  check {
    { function() task.sleep() end, "bad argument #1 to 'sleep' %(number expected, got no value%)" },
    { function() task.sleep("x") end, "bad argument #1 to 'sleep' %(number expected, got str" },
    { function() task.sleep({}) end, "bad argument #1 to 'sleep' %(number expected, got table%)" },
    { function() task.sleep(nan) end, "bad argument #1 to 'sleep'" },
    { function() time.sleep(nan) end, "bad argument #1 to 'sleep'" },
  }
end)

test("a negative sleep is one of no length", function()
  expect(task.sleep(-1, "value")):equals "value"
  expect(task.sleep(-math.huge, "value")):equals "value"
end)

test("what makes a task wants a function", function()
  check {
    { function() task.spawn() end, "bad argument #1 to 'spawn' %(function expected, got no val" },
    { function() task.spawn(1) end, "bad argument #1 to 'spawn' %(function expected, got numb" },
    { function() task.run("x") end, "bad argument #1 to 'run' %(function expected, got string%)" },
    { function() task.timeout(1) end, "bad argument #2 to 'timeout'" },
    { function() task.timeout(1, 2) end, "bad argument #2 to 'timeout'" },
    { function() task.shield(1) end, "bad argument #1 to 'shield'" },
    { function() time.after(1) end, "bad argument #2 to 'after'" },
    { function() time.after(1, {}) end, "bad argument #2 to 'after'" },
    { function() time.every(1, "x") end, "bad argument #2 to 'every'" },
  }
end)

test("a wrong spawn starts nothing", function()
  local before = #task.all_tasks()
  expect_error(function() task.spawn(42) end)
  expect_error(function() task.gather(function() end, 42) end)
  expect(#task.all_tasks()):equals(before)
end)

test("times are numbers and not nan", function()
  local t = task.spawn(function() end)
  check {
    { function() t:join("x") end, "bad argument #1 to 'join'" },
    { function() t:join(nan) end, "bad argument #1 to 'join'" },
    { function() t:result({}) end, "bad argument #1 to 'result'" },
    { function() t:exception(nan) end, "bad argument #1 to 'exception'" },
    { function() task.timeout("x", function() end) end, "bad argument #1 to 'timeout'" },
    { function() task.timeout(nan, function() end) end, "bad argument #1 to 'timeout'" },
    { function() task.wait_for(t, nan) end, "bad argument #2 to 'wait_for'" },
    { function() task.joinall({ t }, nan) end, "bad argument #2 to 'joinall'" },
    { function() task.as_completed({ t }, "x") end, "bad argument #2 to 'as_completed'" },
    { function() task.wait({ t }, { timeout = nan }) end, "bad argument #2 to 'wait'" },
    { function() time.after(nan, function() end) end, "bad argument #1 to 'after'" },
    { function() time.every("x", function() end) end, "bad argument #1 to 'every'" },
    { function() time.every(nan, function() end) end, "bad argument #1 to 'every'" },
  }
  t:join()
end)

test("what is waited for is a task, a function or a list", function()
  check {
    { function() task.gather(42) end, "bad argument #1 to 'gather'" },
    { function() task.gather(function() end, "x") end, "bad argument #2 to 'gather'" },
    { function() task.gather({}) end, "bad argument #1 to 'gather'" },
    { function() task.wait("x") end, "bad argument #1 to 'wait'" },
    { function() task.wait({ 42 }) end, "bad argument #1 to 'wait'" },
    { function() task.wait({}, 42) end, "bad argument #2 to 'wait'" },
    { function() task.wait_for(42, 1) end, "bad argument #1 to 'wait_for'" },
    { function() task.as_completed(42) end, "bad argument #1 to 'as_completed'" },
    { function() task.joinall(42) end, "bad argument #1 to 'joinall'" },
    { function() task.joinall({ 42 }) end, "bad argument #1 to 'joinall'" },
  }
end)

test("return_when is one of three", function()
  local t = task.spawn(function() end)
  check { { function() task.wait({ t }, { return_when = "SOMETIMES" }) end, "return_when" } }
  t:join()
end)

test("methods want their own object and a function to call", function()
  local t = task.spawn(function() end)
  check {
    { function() t.join(42) end, "bad argument #1 to 'join'" },
    { function() t.result({}) end, "bad argument #1 to 'result'" },
    { function() t.cancel() end, "bad argument #1 to 'cancel'" },
    { function() t:add_done_callback(42) end, "bad argument #1 to 'add_done_callback'" },
    { function() task.group().spawn(t, print) end, "bad argument #1 to 'spawn'" },
    { function() task.get_event_loop():call_later("x", print) end,
      "bad argument #1 to 'call_later'" },
    { function() task.get_event_loop():call_soon(42) end, "bad argument #1 to 'call_soon'" },
  }
  t:join()
end)

test("an unknown field of a task is nil", function()
  local t = task.spawn(function() end)
  expect(t.nonsense):is_nil()
  t:join()
end)

test("a script that does not exist, or does not parse, is status 1", function()
  local _, err, status = support.run(support.quote(support.braid) .. " /nonexistent/script.lua")
  expect(err):matches "cannot open"
  expect(status):equals(1)
  _, err, status = support.script "x = = 1"
  expect(err):matches "unexpected symbol"
  expect(status):equals(1)
end)

test("a main chunk may return anything", function()
  for _, value in ipairs { "", "nil", "1, 2, 3", "false", "{}", "print", "io.stdout" } do
    local out, err, status = support.script("return " .. value)
    expect(out .. err):equals ""
    expect(status):equals(0)
  end
end)

test("a reader that goes away ends the program, not with a crash", function()
  local out, _, status = support.run(support.quote(support.braid) .. [[ -e '
    local task = require "braid.task"
    task.spawn(function() while true do if not io.write("line\n") then os.exit(3) end end end)
  ' | head -1]], { limit = 20 })
  expect(out):equals "line\n"
  expect(status):equals(0)
end)

test("the loop's methods want their own arguments", function()
  local loop = task.get_event_loop()
  local f = function() end
  check {
    { function() loop:call_at(nil, f) end,
      "bad argument #1 to 'call_at' %(number expected, got nil%)" },
    { function() loop:call_at(nan, f) end, "bad argument #1 to 'call_at' %(number expected, got n" },
    { function() loop:call_at("x", f) end, "bad argument #1 to 'call_at' %(number expected, got s" },
    { function() loop:call_at(1) end, "bad argument #2 to 'call_at' %(function expected, got nil" },
    { function() loop:call_later(nil, f) end,
      "bad argument #1 to 'call_later' %(number expected, got nil%)" },
    { function() loop:call_later(nan, f) end, "bad argument #1 to 'call_later'" },
    { function() loop:call_later(1, {}) end, "bad argument #2 to 'call_later'" },
    { function() loop:call_soon() end, "bad argument #1 to 'call_soon'" },
    { function() loop:create_task(1) end, "bad argument #1 to 'create_task'" },
    { function() loop:run_until_complete() end, "bad argument #1 to 'run_until_complete'" },
    { function() loop.run_forever() end, "bad argument #1 to 'run_forever' %(Loop expected, got" },
    { function() loop.stop({}) end, "bad argument #1 to 'stop'" },
    { function() loop.time() end, "bad argument #1 to 'time'" },
  }
end)

test("times that are not optional may not be nil", function()
  check {
    { function() time.after(nil, print) end, "bad argument #1 to 'after'" },
    { function() time.every(nil, print) end, "bad argument #1 to 'every'" },
    { function() task.sleep(nil) end, "bad argument #1 to 'sleep'" },
  }
end)

test("a key of a Local may not be nil, and whoever sets it is blamed", function()
  local here = task.Local()
  check {
    { function() here[nil] = 1 end, "index is nil$" },
    { function() here[nan] = 1 end, "index is NaN$" },
  }
  expect(here[nil]):is_nil()
end)

test("the message of cancel is a string", function()
  local t = task.spawn(task.sleep, 60)
  check {
    { function() t:cancel({}) end, "bad argument #1 to 'cancel' %(string expected, got table%)" },
    { function() t:cancel(true) end, "bad argument #1 to 'cancel' %(string expected, got bool" },
  }
  expect(t:cancel("enough")):is_true()
  expect(select(2, pcall(t.result, t)).message):equals "enough"
  check { { function() t:cancel({}) end, "bad argument #1 to 'cancel'" } }
end)

test("under pcall a wrong spawn is called spawn", function()
  for _ = 1, 3 do
    local _, err, status = support.script [[
      local task = require "braid.task"
      print(select(2, pcall(task.spawn, 1)))
      io.stderr:write(select(2, pcall(task.create_task)))]]
    expect(err):equals "bad argument #1 to 'spawn' (function expected, got no value)"
    expect(status):equals(0)
  end
  expect(select(2, pcall(task.spawn, {}))):matches "to 'spawn' %(function expected, got table%)"
  local callable = setmetatable({}, { __call = function(_, x) return x end })
  expect(select(2, pcall(task.spawn, callable, 5)):result()):equals(5)
end)
