-- Runs one command line twice, with `lua` in it being the stock interpreter and then braid, and
-- compares everything that comes out. Both are started under the name "lua" (bash's exec -a), so
-- that messages need no treatment; only addresses are blotted out.

-- luacheck: globals test expect
local support = require "support"
local side_by_side = {}

-- In a command line: lua ARGS…, or "$PROGRAM" where the process must be the shell's own child.
local PREAMBLE = [[
export PROGRAM=%s
lua() { (exec -a lua "$PROGRAM" "$@"); }
%s
]]

-- Where the command lines run: a folder of their own with a few files that many of them need.
local FILES = {
  ["ok.lua"] = "print('ok', ...)",
  ["args.lua"] = "for i = -9, 9 do if arg[i] then io.write(i, '=', arg[i], ' ') end end print(...)",
  ["shebang.lua"] = "#!/usr/bin/env lua\nprint('after the first line', debug.getinfo(1, 'l').currentline)",
  ["syntax.lua"] = "local x =\n= 1",
  ["fails.lua"] = "local function f() error('it failed') end\nf()",
  ["mod.lua"] = "return { name = ..., path = select(2, ...) }",
  ["noisy.lua"] = "print('loading', ...)",
  ["broken.lua"] = "local = 1",
  ["raises.lua"] = "error('raised while loading')",
}

local function absolute(program)
  local out = support.run("realpath -s \"$(command -v " .. support.quote(program) .. ")\"")
  return (out:gsub("\n$", ""))
end

side_by_side.braid = absolute(support.braid)
side_by_side.stock = absolute(support.lua)
side_by_side.has_stock = side_by_side.stock ~= ""

local directory
local function working_directory()
  if not directory then
    directory = support.run("mktemp -d"):gsub("\n$", "")
    for name, text in pairs(FILES) do support.write_file(directory .. "/" .. name, text) end
  end
  return directory
end

-- Puts a file where the command lines run.
function side_by_side.file(name, text)
  support.write_file(working_directory() .. "/" .. name, text)
end

-- Runs a command line with that program as `lua`. Returns stdout, stderr, status.
function side_by_side.run(program, command, options)
  options = options or {}
  local script = PREAMBLE:format(support.quote(program), command)
  return support.run(("cd %s && env -u LUA_INIT -u LUA_INIT_5_4 bash -c %s"):format(
    support.quote(working_directory()), support.quote(script)), options)
end

local function transcript(out, err, status)
  local text = ("[stdout]\n%s\n[stderr]\n%s\n[status] %s"):format(out, err, status)
  return (text:gsub("0x%x+", "ADDRESS"))
end

-- The first line in which two texts differ, as both have it, behind the command; or nil.
local function difference(command, expected, got)
  if expected == got then return nil end
  local others = got:gmatch "([^\n]*)\n?"
  local number = 0
  for line in expected:gmatch "([^\n]*)\n?" do
    local other = others()
    number = number + 1
    if line ~= other then
      return ("%s\nline %d, lua:   %s\nline %d, braid: %s"):format(
        command, number, line, number, other or "(nothing)")
    end
  end
  return command .. "\nbraid writes more"
end

-- Expects the same from both; returns what braid gave.
function side_by_side.same(command, options)
  local expected = transcript(side_by_side.run(side_by_side.stock, command, options))
  local out, err, status = side_by_side.run(side_by_side.braid, command, options)
  expect(difference(command, expected, transcript(out, err, status))):is_nil()
  return out, err, status
end

-- A test for each command line of a list: strings, or { command, options }.
function side_by_side.each(title, commands)
  for _, one in ipairs(commands) do
    local command, options = one, nil
    if type(one) == "table" then command, options = one[1], one end
    test(title .. ": " .. command:gsub("\n", " / "), function()
      side_by_side.same(command, options)
    end)
  end
end

-- Calls fn, which defines tests that need the stock interpreter, if there is one.
function side_by_side.define(fn)
  if side_by_side.has_stock then
    fn(side_by_side)
  else
    test("left out: there is no stock lua5.4 to compare with", function() expect(true):is_true() end)
  end
  test("the working directory is removed", function()
    local _, _, status = support.run("rm -rf " .. support.quote(working_directory()))
    directory = nil
    expect(status):equals(0)
  end)
end

return side_by_side
