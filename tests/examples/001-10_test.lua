-- Example 001-10: three threads without end, each made a daemon in its own way, end with main.

local support = require "support"

test("001-10: the main thread does not wait for daemons", function()
  local lines, elapsed, err, status = support.example("threads/001-10_daemon_threads.lua", 0.2)
  local seen = {}
  for _, line in ipairs(lines) do seen[line] = true end
  for _, name in ipairs { "option", "class", "field" } do
    expect(seen[name .. ": daemon is true"]):is_true()
    expect(seen[name .. ": still at work"]):is_true()
  end
  expect(table.concat(lines, "\n")):matches "once it runs:%s+false"
  expect(seen["main thread: done"]):is_true()
  expect(elapsed):at_least(0.5)
  expect(err):equals ""
  expect(status):equals(0)
end)
