-- Start-up and end of an empty script, with the program that runs this file. The shell reads the
-- clock, since plain Lua has none; its fork is part of the time, as it is for everybody.
local here = arg[0]:match("^(.*/)") or "./"
local first = 0
while arg[first - 1] do first = first - 1 end

local runs <const> = 40
local loop <const> = [[
program=$1; script=$2; left=$3
start=$(date +%s%N)
while [ "$left" -gt 0 ]; do "$program" "$script" || exit 1; left=$((left - 1)); done
echo $(( $(date +%s%N) - start ))
]]

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local command = ("sh -c %s sh %s %s %d"):format(
  quote(loop), quote(arg[first]), quote(here .. "empty.lua"), runs)
local pipe <close> = assert(io.popen(command))
local nanoseconds = assert(tonumber((pipe:read "a")), "the empty script did not run")
print(("startup %.4g ms"):format(nanoseconds / runs / 1e6))
