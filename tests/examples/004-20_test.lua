-- Example 004-20: each thread finds itself, enumerate lists those that run, TIMEOUT_MAX is a time.

local support = require "support"

test("004-20: current_thread, enumerate, TIMEOUT_MAX", function()
  local lines, _, err, status = support.example("threads/004-20_other_functions.lua", 0)
  expect(table.move(lines, 1, 7, 1, {})):same {
    "current thread: MainThread",
    "it is the main thread: true",
    "thread 1: MainThread, daemon: false",
    "thread 2: Thread-1, daemon: false",
    "thread 3: Thread-2, daemon: false",
    "the threads' own names: Thread-1, Thread-2",
    "number of threads that are left: 1",
  }
  expect(#lines):equals(8)
  expect(tonumber(lines[8]:match "^TIMEOUT_MAX: (.*)$") or math.huge):at_least(3600)
  expect(err):equals ""
  expect(status):equals(0)
end)
