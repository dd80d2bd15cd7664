-- Processes and threads among what a task waits for: gather, wait, as_completed, joinall, wait_for,
-- shield take them as they take tasks.

local process = require "braid.process"
local support = require "support"
local sync = require "braid.sync"
local task = require "braid.task"
local thread = require "braid.thread"

for kind, module in pairs { process = process, thread = thread } do
  local spawn = module.spawn
  local Unit = module.Process or module.Thread
  local function named(text) return kind .. ": " .. text end
  local function held()
    local go = sync.Event()
    return spawn(function() go:wait() return "held" end), go
  end

  test(named "gather returns one result of each, in order, beside tasks", function()
    local unit = spawn(function() return "unit", "second" end)
    expect(task.gather(unit, function() return "task" end, spawn(function() end))):same {
      "unit", "task", nil, n = 3 }
  end)

  test(named "gather raises the first error and cancels the rest; it is not reported", function()
    local out, err = support.script(([[
      local spawn, task = require "braid.%s".spawn, require "braid.task"
      local slow = spawn(task.sleep, 60)
      local failing = spawn(function() task.sleep(0.01) error("boom", 0) end)
      print(pcall(task.gather, slow, failing))
      print(slow:join(20), slow:cancelled())]]):format(kind))
    expect(out):equals "false\tboom\ntrue\ttrue\n"
    expect(err):equals ""
  end)

  test(named "gather with return_exceptions has errors among the results", function()
    local failing = spawn(function() error({ code = 5 }) end)
    local cancelled = held()
    cancelled:cancel()
    local results = task.gather(failing, cancelled, { return_exceptions = true })
    expect(results[1].code):equals(5)
    expect(results[2].kind):equals "cancelled"
  end)

  test(named "wait gives back the very handles, done and pending, and leaves them alone", function()
    local slow, go = held()
    local quick = spawn(function() return 1 end)
    local done, pending = task.wait({ slow, quick }, { return_when = task.FIRST_COMPLETED })
    expect(#done):equals(1)
    expect(rawequal(done[1], quick)):is_true()
    expect(rawequal(pending[1], slow)):is_true()
    done, pending = task.wait({ slow }, { timeout = 0.01 })
    expect(#done):equals(0)
    expect(#pending):equals(1)
    go:set()
    done, pending = task.wait { slow, quick, task.spawn(function() end) }
    expect(#done):equals(3)
    expect(#pending):equals(0)
    expect(slow:result()):equals "held"
  end)

  test(named "wait ends at the first failure if it is to", function()
    local slow, go = held()
    local failing = spawn(function() error "expected here" end)
    local done, pending = task.wait({ slow, failing }, { return_when = task.FIRST_EXCEPTION })
    expect(#done):equals(1)
    expect(rawequal(done[1], failing)):is_true()
    expect(#pending):equals(1)
    go:set()
    slow:join()
  end)

  test(named "as_completed has the handles in the order of their ends", function()
    local order, units, gates = {}, {}, {}
    for i = 1, 3 do
      gates[i] = sync.Event()
      units[i] = spawn(function() gates[i]:wait() return i end)
    end
    gates[2]:set()
    for unit in task.as_completed(units) do
      order[#order + 1] = unit:result()
      expect(rawequal(unit, units[unit:result()])):is_true()
      gates[#order == 1 and 3 or 1]:set()
    end
    expect(order):same { 2, 3, 1 }
    local slow, go = held()
    expect_error(function() for _ in task.as_completed({ slow }, 0.01) do end end, "timeout")
    go:set()
    slow:join()
  end)

  test(named "joinall joins", function()
    local slow, go = held()
    expect(task.joinall({ slow }, 0.01)):is_false()
    go:set()
    expect(task.joinall { slow, function() end }):is_true()
    expect(slow:is_alive()):is_false()
  end)

  test(named "wait_for returns the result, or cancels one that is late and raises timeout", function()
    expect(task.wait_for(spawn(function() return 7 end), 20)):equals(7)
    local slow = held()
    expect_error(function() task.wait_for(slow, 0.01) end, "timeout")
    expect(slow:done() and slow:cancelled()):is_true()
  end)

  test(named "a shielded one goes on when the waiter is cancelled", function()
    local slow, go = held()
    local waiter = task.spawn(task.shield, slow)
    task.yield()
    waiter:cancel()
    waiter:join()
    expect(waiter:cancelled()):is_true()
    go:set()
    expect(task.shield(slow)):equals "held"
  end)

  test(named "one that was not started is refused, and nothing begins", function()
    local begun = false
    local unit = Unit { target = print }
    for _, name in ipairs { "wait", "joinall", "as_completed" } do
      expect_error(function() task[name] { function() begun = true end, unit } end, "invalid_state")
    end
    expect_error(function() task.gather(function() begun = true end, unit) end, "invalid_state")
    expect_error(function() task.wait_for(unit, 1) end, "invalid_state")
    task.yield()
    expect(begun):is_false()
  end)
end

test("a sentinel stands for its process", function()
  local p = process.spawn(function() end)
  local done = task.wait { p.sentinel }
  expect(#done):equals(1)
  expect(p.exitcode):equals(0)
end)
