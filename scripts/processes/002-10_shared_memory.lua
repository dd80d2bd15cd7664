-- Example 002-10: SharedMemory with a name, in two programs that have nothing to do with each other.
-- Look at: the second one is started by a shell, knows no more than the name, and reads 100. What it
-- writes the first one sees. The first one is the owner: at the end of its block the name is gone.

local process = require "braid.process"
local SharedMemory = require "braid.shared".SharedMemory

-- The second program: this script with the name as its argument.
if arg[1] then
  local sm <close> = SharedMemory { name = arg[1] }
  print(("second program: reads %d of %d bytes"):format(sm.buf[0], sm.size))
  sm.buf[1] = 200
  return
end

local braid = arg[-1]
local name = "example-" .. process.getpid()

do
  local sm <close> = SharedMemory { name = name, create = true, size = 100 }
  sm.buf[0] = 100
  print "first program: has written 100"
  local second <close> = io.popen(("'%s' '%s' '%s'"):format(braid, arg[0], name))
  print(second:read "l")
  second:close()
  print("first program: reads " .. sm.buf[1])
end

print("afterwards:", select(2, pcall(SharedMemory, { name = name })))
