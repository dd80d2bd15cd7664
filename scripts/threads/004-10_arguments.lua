-- Example 004-10: arguments of several types.
-- Look at: the thread gets an integer, a string and a table, each as it was. The table is a copy:
-- what the thread does to it, the main thread does not see.

local thread = require "braid.thread"

local function run(a, b, c)
  print "the thread starts"
  print(("arguments: %s %s {c=%s}"):format(a, b, c.c))
  print(("types: %s %s %s %s"):format(math.type(a), type(b), type(c), math.type(c.c)))
  c.c = 4
  print "the thread ends"
end

local options = { c = 3 }
local t1 = thread.Thread { target = run, args = { 1, "2", options } }
t1:start()
t1:join()
print(("the main thread's table: {c=%s}"):format(options.c))
