-- Example 001-2: which process this is, who started it, and signals to a process.
-- Look at: the child's parent is the main process; STOP and CONT let a process pause and go on; QUIT
-- has it say on stderr what every unit of the program does; the other signals end it, and exitcode is
-- the negative number of the signal.

local process = require "braid.process"
local shared = require "braid.shared"
local sync = require "braid.sync"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.2

local function show()
  print(("%s: pid %d, started by %d"):format(
    process.current_process().name, process.getpid(), process.getppid()))
end

local function count_up(steps, begun)
  while true do
    steps:add(1)
    begun:set()
    time.sleep(DELAY / 10)
  end
end

show()
local child = process.Process { target = show, name = "child" }
child:start()
child:join()

local steps = shared.Value("i64", 0)

-- A process that is at work.
local function start()
  local begun = sync.Event()
  local p = process.spawn(count_up, steps, begun)
  begun:wait()
  return p
end

local p = start()

-- How many steps it makes meanwhile.
local function steps_within(seconds)
  local before = steps.value
  time.sleep(seconds)
  return steps.value - before
end

process.kill(p.pid, "SIGSTOP") -- also "STOP", or 19
time.sleep(DELAY)
print("stopped: makes steps", steps_within(DELAY) > 0, "is alive", p:is_alive())
process.kill(p.pid, "SIGCONT")
print("continued: makes steps", steps_within(DELAY * 3) > 0)
process.kill(p.pid, "SIGQUIT")
local before = steps.value
repeat time.sleep(DELAY / 10) until steps.value > before + 2
print("SIGQUIT: is alive", p:is_alive())
process.kill(p.pid, "SIGTERM")
p:join()
print("SIGTERM: exit code", p.exitcode)

for _, signal in ipairs { "SIGHUP", "SIGINT", "SIGKILL", "SIGSEGV" } do
  p = start()
  process.kill(p.pid, signal)
  p:join()
  print(signal .. ": exit code", p.exitcode)
end

