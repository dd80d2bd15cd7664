-- What the specs share: running programs, reading a monotonic clock, meeting by handshake.
-- Paths come from the place of the runner, so the tests run from any directory.

local support = {}

local runner_dir = arg[0]:match("^(.*)/[^/]*$") or "."
support.root = runner_dir .. "/../.."

local lowest = 0
while arg[lowest - 1] do lowest = lowest - 1 end
local stock = not arg[lowest]:find "braid"

-- The program under test: env BRAID, else the one that runs the runner.
support.braid = os.getenv "BRAID" or not stock and arg[lowest] or "braid"
support.lua = os.getenv "LUA" or "lua5.4"

-- Nothing that a test runs may outlive it by much.
local LIMIT_SECONDS = 60

function support.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function read_and_remove(path)
  local file <close> = assert(io.open(path, "rb"))
  local text = file:read "a"
  os.remove(path)
  return text
end

function support.write_file(path, text)
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

local function exports(env)
  local parts = {}
  for name, value in pairs(env or {}) do
    parts[#parts + 1] = ("export %s=%s; "):format(name, support.quote(tostring(value)))
  end
  return table.concat(parts)
end

-- Runs a shell command; options: stdin (a string), env (a table), limit (seconds).
-- Returns stdout, stderr, exit status (128 + n when signal n ended it, 124 when the limit did).
function support.run(command, options)
  options = options or {}
  local out, err, input = os.tmpname(), os.tmpname(), nil
  local source = "/dev/null"
  if options.stdin then
    input = os.tmpname()
    support.write_file(input, options.stdin)
    source = input
  end
  local line = ("timeout -k 5 %d sh -c %s <%s >%s 2>%s"):format(
    options.limit or LIMIT_SECONDS, support.quote(exports(options.env) .. command), source,
    out, err)
  local _, why, status = os.execute(line)
  if input then os.remove(input) end
  if why == "signal" then status = status + 128 end
  return read_and_remove(out), read_and_remove(err), status
end

-- Runs Lua source as a script of the program under test (or of options.program); options.args is
-- text for the shell. Returns stdout, stderr, status, and the script's path for messages.
function support.script(source, options)
  options = options or {}
  local path = os.tmpname()
  support.write_file(path, source)
  local out, err, status = support.run(
    ("%s %s %s"):format(options.program or support.quote(support.braid), path, options.args or ""),
    options)
  os.remove(path)
  return out, err, status, path
end

function support.lines(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
  return lines
end

local has_time, braid_time = pcall(require, "braid.time")

-- Seconds of a clock that never goes back; whole seconds where braid.time is not there.
function support.clock()
  return has_time and braid_time.monotonic() or os.time()
end

-- The command that runs scripts/<name> with one delay of that length; env has what else the script
-- asks the environment for.
local function example_command(name, delay, env, how)
  local all = { BRAID_DELAY = delay }
  for key, value in pairs(env or {}) do all[key] = value end
  return ("%s%s %s %s"):format(exports(all), how, support.quote(support.braid),
    support.quote(support.root .. "/scripts/" .. name))
end

-- Runs scripts/<name>. Returns its lines, how long it took, stderr, and the status.
function support.example(name, delay, env)
  local start = support.clock()
  local out, err, status = support.run(example_command(name, delay, env, "exec"))
  return support.lines(out), support.clock() - start, err, status
end

-- The same for a script without an end: reads what it writes until enough(text) holds, then does
-- as Ctrl-C does. Returns all that it wrote, stderr, and the status.
function support.endless_example(name, delay, env, enough)
  local err = os.tmpname()
  local how = ("exec timeout -k 5 %d"):format(LIMIT_SECONDS)
  local program <close> =
    assert(io.popen(("echo $$; %s 2>%s"):format(example_command(name, delay, env, how), err)))
  local pid, text = program:read "l", ""
  repeat
    local char = program:read(1)
    text = text .. (char or "")
  until char == nil or enough(text)
  os.execute("kill -INT " .. pid)
  text = text .. program:read "a"
  local _, why, status = program:close()
  if why == "signal" then status = status + 128 end
  return text, read_and_remove(err), status
end

-- Gives way until condition() holds: how a test meets a task. Fails after ten seconds.
function support.meet(condition)
  local task = require "braid.task"
  local limit = support.clock() + 10
  while not condition() do
    if support.clock() > limit then error("what the test waits for did not happen", 2) end
    task.sleep(0.001)
  end
end

-- The letter that the system has for a process (S, R, T ...); nil = it is no more. It may be reaped
-- between open and read, and then there is nothing to be read.
function support.process_state(pid)
  local stat <close> = io.open("/proc/" .. pid .. "/stat")
  local state = stat and (stat:read "a" or ""):match "%) (%a)"
  if state ~= "Z" then return state end
end

-- Collects twice: an object that was waiting for its finalizer is freed by the second.
function support.collect()
  collectgarbage()
  collectgarbage()
end

return support
