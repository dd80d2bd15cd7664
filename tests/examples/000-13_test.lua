-- Example 000-13: nothing outside, right counts inside.

local support = require "support"

test("000-13: current_task and all_tasks outside and inside", function()
  local lines, _, err, status = support.example("tasks/000-13_introspection.lua", 0.1)
  expect(lines):same {
    "current task outside: nil",
    "tasks outside: 0",
    "current task is a task: true",
    "tasks at first: 1",
    "tasks with three more: 4",
    "the current task is among them: true",
    "tasks when the three are done: 1",
  }
  expect(err):equals ""
  expect(status):equals(0)
end)
