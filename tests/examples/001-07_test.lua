-- Example 001-7: a daemon ends with the program, and exit codes say how the others have ended.

local support = require "support"

test("001-7: daemon and terminate", function()
  local lines, elapsed, err, status =
    support.example("processes/001-07_daemon_and_terminate.lua", 0.2)
  local seen, pid = {}, nil
  for _, line in ipairs(lines) do
    seen[line] = true
    pid = pid or line:match "^the daemon's pid\t(%d+)$"
  end
  for _, name in ipairs { "short", "long", "daemon" } do
    expect(seen[name .. ": at work 1"]):is_true()
  end
  expect(seen["daemon: at work 2"]):is_true()
  expect(seen["short: at work 2"]):is_nil()
  local last = #lines
  while lines[last]:match "^daemon: " do last = last - 1 end -- it may be the last to write
  expect(lines[last]):equals "main process: done"
  expect(seen["exit code of one that is alive\tnil"]):is_true()
  expect(seen["exit code when it was terminated\t-15"]):is_true()
  expect(seen["exit code when it ended by itself\t0"]):is_true()
  expect(io.open("/proc/" .. pid .. "/stat")):is_nil()
  expect(elapsed):at_least(0.5)
  expect(err):equals ""
  expect(status):equals(0)
end)
