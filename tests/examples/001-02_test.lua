-- Example 001-2: pids, a process that pauses and goes on, exit codes of signals.

local support = require "support"

-- A sanitizer would report the SIGSEGV.
local env = {}
for _, name in ipairs { "ASAN_OPTIONS", "TSAN_OPTIONS" } do
  env[name] = (os.getenv(name) or "") .. ":handle_segv=0"
end

test("001-2: pids and signals", function()
  local lines, _, err, status = support.example("processes/001-02_pids_and_signals.lua", 0.2, env)
  expect(#lines):equals(10)
  local main = lines[1]:match "^MainProcess: pid (%d+), started by %d+$"
  local child, parent = lines[2]:match "^child: pid (%d+), started by (%d+)$"
  expect(parent):equals(main)
  expect(child ~= main):is_true()
  expect(lines[3]):equals "stopped: makes steps\tfalse\tis alive\ttrue"
  expect(lines[4]):equals "continued: makes steps\ttrue"
  expect({ table.unpack(lines, 5) }):same {
    "SIGQUIT: is alive\ttrue",
    "SIGTERM: exit code\t-15", "SIGHUP: exit code\t-1", "SIGINT: exit code\t-2",
    "SIGKILL: exit code\t-9", "SIGSEGV: exit code\t-11",
  }
  expect(err):matches "\n%-%-%- MainProcess, pid %d+ %-%-%-\n\nMainThread "
  expect(err):matches "\n%-%-%- Process%-2, pid %d+ %-%-%-\n\nProcess%-2 .-\nstack traceback:"
  expect(status):equals(0)
end)
