-- Kills a process at each step of what it does, one after the other: at each note in its journal, each
-- commit, each claim, each wake-up.

local fault = require "braid.fault"
local process = require "braid.process"
local task = require "braid.task"

local steps = {}

local patience = 3
steps.patience = patience

-- make() returns an object, more of them, and what is to be cleaned up. act(...) is done by a process
-- that dies at its 1st, 2nd … step. check(died, ...) finds out what has become of it.
function steps.at_each_step(name, make, act, check)
  test(name, function()
    local step = 0
    repeat
      step = step + 1
      local made = table.pack(make())
      local sent = table.pack(table.unpack(made, 1, made.n))
      for i = 1, sent.n do
        -- Tasks, and lists of them, stay here.
        if type(sent[i]) == "table" or tostring(sent[i]):find "^Task" then sent[i] = nil end
      end
      at_step = step  -- for acts that begin with something else
      local child = process.spawn(function()
        fault.die_at(at_step)
        act(table.unpack(sent, 1, sent.n))
        fault.die_at(0)
      end)
      expect(child:join(patience)):is_true()
      local died = child.exitcode == -9
      if not died then expect(child.exitcode):equals(0) end
      local ok, problem = pcall(check, died, table.unpack(made, 1, made.n))
      if not ok then error(("step %d: %s"):format(step, problem), 0) end
    until not died
    expect(step > 1):is_true()
  end)
end

-- Tasks that have begun to wait.
function steps.waiting(n, fn, ...)
  local tasks = {}
  for i = 1, n do tasks[i] = task.spawn(fn, ...) end
  task.yield()
  return tasks
end

function steps.result(t) return t:result(patience) end

return steps
