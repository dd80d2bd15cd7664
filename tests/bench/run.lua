-- Runs the benchmarks of suite.lua and prints a table of medians beside their bars and peers. Each
-- run is a fresh process of the program that runs this file, so that no benchmark inherits the heap
-- of another. How to read the table: docs/benchmarks.md.

local usage <const> = [[
usage: braid tests/bench/run.lua [options] [name...]
Runs the named benchmarks (all, if none is named) and prints a table.
  --list         print the benchmarks' names
  --repeat N     runs of each; a ratio takes three times as many pairs (default 5)
  --no-peers     do not run the peers (python3, bare coroutines)
  --lua PROGRAM  the stock interpreter to compare with (default lua5.4)
  --strict       exit with status 1 if a bar is not met
  --help         this text
]]

local here <const> = arg[0]:match("^(.*/)") or "./"
local suite <const> = dofile(here .. "suite.lua")
local columns <const> = "%-20s %10s %-3s %-8s %-4s %s\n"

local function fail(message)
  io.stderr:write("bench: ", message, "\n")
  os.exit(2)
end

local function read_options(words)
  local options = {names = {}, repeats = 5, peers = true, lua = "lua5.4"}
  local i = 1
  local function value()
    i = i + 1
    return words[i] or fail(words[i - 1] .. " needs a value")
  end
  while words[i] do
    local word = words[i]
    if word == "--help" then options.help = true
    elseif word == "--list" then options.list = true
    elseif word == "--strict" then options.strict = true
    elseif word == "--no-peers" then options.peers = false
    elseif word == "--lua" then options.lua = value()
    elseif word == "--repeat" then
      options.repeats = math.tointeger(tonumber(value())) or 0
      if options.repeats < 1 then fail("--repeat needs a number from 1") end
    elseif word:sub(1, 1) == "-" then fail("unknown option " .. word .. " (see --help)")
    else options.names[#options.names + 1] = word end
    i = i + 1
  end
  return options
end

local function select_benchmarks(names)
  if #names == 0 then return suite end
  local by_name, chosen = {}, {}
  for _, benchmark in ipairs(suite) do by_name[benchmark.name] = benchmark end
  for i, name in ipairs(names) do
    chosen[i] = by_name[name] or fail("no benchmark named " .. name .. " (see --list)")
  end
  return chosen
end

local function this_program()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return arg[first]
end

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function installed(program)
  return (os.execute("command -v " .. quote(program) .. " >/dev/null 2>&1"))
end

local function median(values)
  table.sort(values)
  local middle = (#values + 1) // 2
  if #values % 2 == 1 then return values[middle] end
  return (values[middle] + values[middle + 1]) / 2
end

-- The lines `name value unit` of one run, in order: {{name=, value=, unit=}...}; nil if it failed.
local function run_once(program, file)
  local pipe = assert(io.popen(quote(program) .. " " .. quote(here .. file)))
  local measures = {}
  for line in pipe:lines() do
    local name, value, unit = line:match("^(%S+) (%S+) (%S+)$")
    if tonumber(value) then
      measures[#measures + 1] = {name = name, value = tonumber(value), unit = unit}
    end
  end
  return pipe:close() and #measures > 0 and measures or nil
end

-- The same, each value being the median of several runs.
local function run_repeatedly(program, file, repeats)
  local result, values = nil, {}
  for _ = 1, repeats do
    result = run_once(program, file)
    if not result then return nil end
    for i, measure in ipairs(result) do
      values[i] = values[i] or {}
      table.insert(values[i], measure.value)
    end
  end
  for i, measure in ipairs(result) do measure.value = median(values[i]) end
  return result
end

-- One ratio: the two programs run in turn, so that what slows the machine down slows both. The one
-- that goes first changes from pair to pair.
local function run_ratio(benchmark, program, lua, pairs_count)
  local ratios, ours, theirs, unit = {}, {}, {}, nil
  for i = 1, pairs_count do
    local first = run_once(i % 2 == 0 and lua or program, benchmark.file)
    local second = run_once(i % 2 == 0 and program or lua, benchmark.file)
    if not (first and second) then return nil end
    if i % 2 == 0 then first, second = second, first end
    ours[i], theirs[i], unit = first[1].value, second[1].value, first[1].unit
    ratios[i] = benchmark.ratio == "speed" and theirs[i] / ours[i] or ours[i] / theirs[i]
  end
  local peers = ("braid %.4g %s, lua5.4 %.4g %s"):format(median(ours), unit, median(theirs), unit)
  return {{name = benchmark.name, value = median(ratios), unit = "x", peers = peers}}
end

-- What the peers reached, as text for each name: {task_switch = "asyncio 1400 ns, ..."}.
local function run_peers(benchmark, lua, repeats)
  local texts = {}
  for _, peer in ipairs(benchmark.peers) do
    local label, file = peer[1], peer[2]
    local program = file:match("%.py$") and "python3" or lua
    local measures = installed(program) and run_repeatedly(program, "peers/" .. file, repeats)
    for _, measure in ipairs(measures or {}) do
      local text = ("%s %.4g %s"):format(label, measure.value, measure.unit)
      local others = texts[measure.name]
      texts[measure.name] = others and others .. ", " .. text or text
    end
  end
  return texts
end

local function meets(value, bar)
  if bar[1] == "<=" then return value <= bar[2] end
  return value >= bar[2]
end

-- Prints the lines of one benchmark; returns how many bars it missed.
local function print_measures(benchmark, measures, peers)
  local missed = 0
  for _, measure in ipairs(measures) do
    local bar, met, bar_text = benchmark.bars[measure.name], "", ""
    if bar then
      met = meets(measure.value, bar) and "yes" or "no"
      bar_text = ("%s %g"):format(bar[1], bar[2])
      if met == "no" then missed = missed + 1 end
    end
    local value = ("%.4g"):format(measure.value)
    local beside = measure.peers or peers[measure.name] or ""
    local line = columns:format(measure.name, value, measure.unit, bar_text, met, beside)
    io.write((line:gsub(" +\n$", "\n")))
  end
  io.flush()
  return missed
end

local function run(options)
  local chosen = select_benchmarks(options.names)
  local program, has_lua = this_program(), installed(options.lua)
  local missed, failed = 0, 0
  if not has_lua then io.write(options.lua, " is not installed: no ratios\n") end
  io.write(columns:format("name", "value", "", "bar", "met", "beside it"))
  for _, benchmark in ipairs(chosen) do
    if not benchmark.ratio or has_lua then
      local measures
      if benchmark.ratio then
        measures = run_ratio(benchmark, program, options.lua, 3 * options.repeats)
      else
        measures = run_repeatedly(program, benchmark.file, options.repeats)
      end
      if measures then
        local peers = not benchmark.ratio and options.peers
          and run_peers(benchmark, options.lua, math.min(options.repeats, 3)) or {}
        missed = missed + print_measures(benchmark, measures, peers)
      else
        failed = failed + 1
        io.write(("%-20s failed\n"):format(benchmark.name))
      end
    end
  end
  return missed, failed
end

local options = read_options(arg)
if options.help then
  io.write(usage)
elseif options.list then
  for _, benchmark in ipairs(suite) do print(benchmark.name) end
else
  local missed, failed = run(options)
  os.exit((failed > 0 or (options.strict and missed > 0)) and 1 or 0)
end
