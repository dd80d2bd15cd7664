-- C modules made for Lua 5.4 and whole programs written for it run unchanged. What is not installed
-- here is left out.

local support = require "support"
local side_by_side = dofile(support.root .. "/tests/program/side_by_side.lua")

local MODULES = {
  cjson = [[print(require("cjson").encode({1, 2, {a = "b"}}), require("cjson").decode("[1.5,null]")[1])
    print(pcall(require("cjson").decode, "[1,"))]],
  ["cjson.safe"] = [[print(require("cjson.safe").decode("{"))]],
  lpeg = [[local lpeg = require "lpeg"
    print(lpeg.match(lpeg.C(lpeg.R "az" ^ 1), "hello world"), lpeg.version())
    print(lpeg.match(lpeg.Cmt("a", function() return pcall(error, "x") end), "a"))]],
  re = [[print(require("re").match("key = value", "{%w+} %s* '=' %s* {%w+}"))]],
  lfs = [[local lfs = require "lfs"
    print(lfs.attributes("ok.lua", "mode"), lfs.attributes("missing", "mode"))
    local names = {} for name in lfs.dir(".") do names[#names + 1] = name end
    table.sort(names) print(table.concat(names, " "))]],
  posix = [[local posix = require "posix" print(posix.getpid() > 1, posix.basename("/a/b"), posix.version)]],
  ["posix.unistd"] = [[print(require("posix.unistd").getppid() > 0)]],
  lyaml = [[print(require("lyaml").load("a: [1, 2]").a[2])]],
  lxp = [[local p = require("lxp").new{StartElement = function(_, n) print(n) end} p:parse("<a><b/></a>") p:close()]],
  dkjson = [[print(require("dkjson").encode({1, "x"}))]],
  ["pl.pretty"] = [[print(require("pl.pretty").write({1, {x = 2}}))]],
  ["term.core"] = [[print(require("term.core").isatty(io.stdout))]],
  system = [[print(require("system").gettime() > 0)]],
  argparse = [[local p = require("argparse")("x") p:flag("-v") print(p:parse({"-v"}).v)]],
}

local function installed(module)
  local _, _, status = side_by_side.run(side_by_side.stock,
    ("lua -e 'require(%q)'"):format(module))
  return status == 0
end

side_by_side.define(function(both)
  local names = {}
  for name in pairs(MODULES) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if installed(name) then
      test("module " .. name, function()
        both.file("case.lua", MODULES[name])
        local _, _, status = both.same "lua case.lua"
        expect(status):equals(0)
      end)
    else
      test("left out, not installed: " .. name, function() expect(installed(name)):is_false() end)
    end
  end

  test("a C module's function waits for nobody else's error", function()
    if not installed "cjson" then return expect(true):is_true() end
    both.same [[lua -e 'require("cjson").encode({[{}] = 1})']]
  end)

  -- Debian's luacheck is installed for 5.1; the modules are plain Lua and load in 5.4 as well.
  local paths = "LUA_PATH='/usr/share/lua/5.4/?.lua;/usr/share/lua/5.4/?/init.lua;"
    .. "/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua;;' "
  local function program(name, path, files, commands)
    local _, _, missing = side_by_side.run(side_by_side.stock,
      ("test -f %s && %slua %s --version"):format(path, paths, path))
    if missing ~= 0 then
      return test("left out, not installed: " .. name, function() expect(missing == 0):is_false() end)
    end
    for _, command in ipairs(commands) do
      test(name .. ": " .. command, function()
        for file, text in pairs(files) do both.file(file, text) end
        both.same(paths .. command)
      end)
    end
  end

  program("luacheck", "/usr/bin/luacheck", {
    ["clean.lua"] = "local x = 1\nreturn x\n",
    ["dirty.lua"] = "local unused = 1\nfoo = bar\nlocal x = 1 local x = 2\n",
  }, {
    "lua /usr/bin/luacheck --no-color --no-config --no-cache clean.lua",
    "lua /usr/bin/luacheck --no-color --no-config --no-cache dirty.lua syntax.lua",
    "lua /usr/bin/luacheck --no-color --no-config --no-cache --codes --formatter plain dirty.lua",
    "lua /usr/bin/luacheck --help",
    "lua /usr/bin/luacheck",
  })

  program("busted", "/usr/bin/busted", {
    ["good_spec.lua"] = [[describe("good", function()
      it("adds", function() assert.equals(2, 1 + 1) end)
      it("is pending") it("compares", function() assert.same({1}, {1}) end) end)]],
    ["bad_spec.lua"] = [[describe("bad", function()
      it("fails", function() assert.equals(3, 1 + 1) end)
      it("raises", function() error("x") end) it("raises a table", function() error({}) end) end)]],
  }, {
    "lua /usr/bin/busted -o TAP good_spec.lua",
    "lua /usr/bin/busted -o TAP bad_spec.lua | sed 's/[0-9.]* seconds//'",
    "lua /usr/bin/busted -o plainTerminal good_spec.lua bad_spec.lua | sed 's/: [0-9.]* seconds//'",
    "lua /usr/bin/busted -o TAP missing_spec.lua; echo $?",
    "lua /usr/bin/busted --list good_spec.lua",
  })
end)
