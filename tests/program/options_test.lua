-- The options of the command line, their order and their mistakes, as `lua` takes them.

local support = require "support"
local side_by_side = dofile(support.root .. "/tests/program/side_by_side.lua")

side_by_side.define(function(both)
  both.each("options", {
    -- none, and scripts
    "lua </dev/null",
    "echo 'print(1, ...)' | lua",
    "echo 'print(1, ...)' | lua -",
    "echo 'print(1, ...)' | lua - a b",
    "echo 'print(1, arg[0], arg[-1], arg[1])' | lua - a b",
    "echo 'error(\"from stdin\")' | lua",
    "echo 'error(\"from stdin\")' | lua -",
    "echo 'x x' | lua -",
    "lua ok.lua a b",
    "lua -- ok.lua -e x",
    "lua missing.lua",
    "lua ''",
    "lua .",
    "lua -- -",
    "lua -- -v",
    "lua syntax.lua",
    "lua fails.lua",
    "lua shebang.lua",
    "lua ok.lua -v",
    "lua ./ok.lua",
    -- -e
    "lua -e 'print(1)'",
    "lua -e'print(1)'",
    "lua -e 'print(...)' ok.lua a",
    "lua -e 'x = 1' -e 'print(x)'",
    "lua -e 'x x' -e 'print(1)'",
    "lua -e 'error(1)' ok.lua",
    "lua -e ''",
    "lua -e",
    "lua -e -v",
    "lua -e -- ok.lua",
    "lua -ee",
    "lua -e 'return 1, 2'",
    "lua -e '#!x'",
    "lua -e $'print(1)\\nprint(2'",
    "lua -e 'local a <const> = 1; a = 2'",
    "lua -e 'goto x'",
    -- -l
    "lua -l mod -e 'print(mod.name, mod.path)'",
    "lua -lmod -e 'print(mod.name)'",
    "lua -l m=mod -e 'print(m.name, mod)'",
    "lua -lm=mod -e 'print(m.name)'",
    "lua -l =mod -e 'print(_G[\"\"].name)'",
    "lua -l m= -e 'print(m)'",
    "lua -l noisy -e 'print(noisy)'",
    "lua -l noisy -l noisy ok.lua",
    "lua -l missing_module ok.lua",
    "lua -l broken",
    "lua -l raises",
    "lua -l string -e 'print(string.rep(\"x\", 3))'",
    "lua -l",
    "lua -l -v",
    "echo 'print(mod.name)' | lua -l mod",
    "lua -e 'require = nil' -l mod",
    -- -v -E -W -i
    "lua -v",
    "lua -v ok.lua",
    "echo 'print(1)' | lua -v",
    "echo 'print(1)' | lua -v -",
    "lua -v -v",
    "lua -v -e 'print(1)'",
    "lua -vv",
    "lua -ve",
    "lua -E -e 'print(1)'",
    "lua -Ex",
    "LUA_PATH='./env/?.lua' lua -e 'print(package.path)'",
    "LUA_PATH='./env/?.lua' lua -E -e 'print(package.path)'",
    "LUA_CPATH='./env/?.so;;' lua -e 'print(package.cpath)'",
    "LUA_PATH_5_4='5_4;;' LUA_PATH='x' lua -e 'print(package.path)'",
    "LUA_CPATH_5_4='5_4;;' lua -E -e 'print(package.cpath)'",
    "lua -e 'print(debug.getregistry().LUA_NOENV)'",
    "lua -E -e 'print(debug.getregistry().LUA_NOENV)'",
    "lua -W -e 'warn(\"a\", \"b\")'",
    "lua -e 'warn(\"a\")' -W -e 'warn(\"b\")'",
    "lua -W -e 'warn(\"@off\") warn(\"a\") warn(\"@on\") warn(\"b\")'",
    "lua -e 'warn(\"@on\") warn(\"a\") warn(\"@unknown\")'",
    "lua -W",
    "lua -Wx",
    "lua -i </dev/null",
    "lua -i ok.lua a </dev/null",
    "lua -i missing.lua </dev/null",
    "lua -i -e 'x = 1' </dev/null",
    "lua -iv",
    -- mistakes
    "lua -x",
    "lua -h",
    "lua ---",
    "lua --x",
    "lua --Version",
    "lua -e 'print(1)' -x",
    "lua -",
    "lua ok.lua -x",
    "lua -v -x ok.lua",
    -- arg
    "lua args.lua",
    "lua args.lua a 'b c' ''",
    "lua -e '' args.lua x",
    "lua -l mod -W -- args.lua x",
    "lua -e 'print(#arg, arg[0], arg[-1])'",
    "lua -e 'arg = nil' ok.lua",
    "lua -e 'arg = {7, 8}' ok.lua",
    "lua -e 'arg = setmetatable({}, {__index = error, __len = function() return 1 end})' ok.lua",
    "lua -e 'arg = setmetatable({}, {__len = function() return \"x\" end})' ok.lua",
    "lua -e 'arg = setmetatable({}, {__len = function() return 1e8 end})' ok.lua",
    -- the environment
    "LUA_INIT='print(1)' lua ok.lua",
    "LUA_INIT='print(1)' LUA_INIT_5_4='print(54)' lua ok.lua",
    "LUA_INIT=@ok.lua lua -e 'print(2)'",
    "LUA_INIT=@missing.lua lua -e 'print(2)'",
    "LUA_INIT=@ lua -e 'print(2)' </dev/null",
    "LUA_INIT='x x' lua ok.lua",
    "LUA_INIT='error{}' lua ok.lua",
    "LUA_INIT_5_4='error(\"x\")' lua ok.lua",
    "LUA_INIT='print(1)' lua -E ok.lua",
    "LUA_INIT= lua ok.lua",
    "LUA_INIT='print(1)' lua -v",
    "LUA_INIT='print(arg[0], arg[1], ...)' lua ok.lua a",
  })
end)

test("--version names Braid and Lua, --help goes to stdout", function()
  local out, err, status = support.run(support.quote(support.braid) .. " --version")
  expect(out):matches "^Braid %d+%.%d+%.%d+\nLua 5%.4"
  expect(err):equals ""
  expect(status):equals(0)
  out, err, status = support.run(support.quote(support.braid) .. " --help")
  expect(out):matches "^usage: .*%-%-version"
  expect(err):equals ""
  expect(status):equals(0)
end)

test("own options are options only before the script", function()
  local out = support.script("print(...)", { args = "--version --help" })
  expect(out):equals "--version\t--help\n"
end)
