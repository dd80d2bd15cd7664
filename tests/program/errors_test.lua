-- Errors that reach the program: any value, from any depth, with the traceback that `lua` prints.

local support = require "support"
local side_by_side = dofile(support.root .. "/tests/program/side_by_side.lua")

-- Each is a script; the file name in its messages is the same for both.
local SCRIPTS = {
  "error()",
  "error(nil)",
  "error('text')",
  "error('text', 0)",
  "error('text', 2)",
  "error('')",
  "error(12)",
  "error(1.5)",
  "error(true)",
  "error({})",
  "error(print)",
  "error(io.stdout)",
  "error(coroutine.create(print))",
  "error(setmetatable({}, {__tostring = function() return 'from __tostring' end}))",
  "error(setmetatable({}, {__tostring = function() return 12 end}))",
  "error(setmetatable({}, {__tostring = function() return nil end}))",
  "error(setmetatable({}, {__tostring = function() error('inside') end}))",
  "error(setmetatable({}, {__tostring = 1}))",
  "error(setmetatable({}, {__name = 'My.Type'}))",
  "error(setmetatable({}, {__name = 'My.Type', __tostring = function() return 'x' end}))",
  "debug.setmetatable(nil, {__tostring = function() return 'nil!' end}) error()",
  "assert(false)",
  "assert(nil, 'message')",
  "assert(false, {})",
  "assert(io.open('/nonexistent/file'))",
  "local t = nil; t.x = 1",
  "local t = {} t.a.b.c = 1",
  "undefined_function()",
  "local s = 'x' s:nothing()",
  "return 1 + {}",
  "return 'a' < 1",
  "return {} .. 'x'",
  "return 1 // 0",
  "return 2^53 | 0.5",
  "string.rep()",
  "('x'):rep(1e10)",
  "setmetatable({}, {__index = function(t, k) error('no ' .. k) end}).field()",
  "table.sort({3, 1, 2}, function() error('in a comparator') end)",
  "string.gsub('x', '.', function() error('in a callback') end)",
  "for _ in pairs(nil) do end",
  "for _ in setmetatable({}, {__call = function() error('iterator') end}) do end",
  "local function f(n) if n == 0 then error('deep') end return f(n - 1) end f(50)",
  "local function f(n) if n == 0 then error('deep') end f(n - 1) end f(50)",
  "local function f() return f() + 1 end f()",
  "local t = setmetatable({}, {}) getmetatable(t).__index = t; return t.x",
  "coroutine.wrap(function() error('in a coroutine') end)()",
  "coroutine.wrap(function() error({}) end)()",
  "coroutine.wrap(function() coroutine.wrap(function() error('nested') end)() end)()",
  "local ok, e = coroutine.resume(coroutine.create(function() error('resumed') end)) error(e)",
  "local co = coroutine.wrap(function() end) co() co()",
  "coroutine.yield(1)",
  "pcall(error) error('after pcall')",
  "xpcall(error, function() error('handler') end) error('after')",
  "print(xpcall(error, function(m) return m end, 'x')) error('after')",
  "local t <close> = setmetatable({}, {__close = function() error('in close') end})",
  "local t <close> = setmetatable({}, {__close = function(_, e) print('close', e) end}) error('x')",
  "local t <close> = 42",
  "load('x x')()",
  "load('error(\"loaded\")', '=name')()",
  "load('error(\"loaded\")', '@file.lua')()",
  "load('error(\"loaded\")', 'code\\nmore')()",
  "load(function() error('reader') end)",
  "print(load(function() error('reader') end))",
  "print(load(function() return {} end))",
  "print(pcall(load)) print(pcall(load, {})) load()",
  "print(load('x = ', '=name')) print(load('return ...', 'n', 't')(1)) load('x', {})",
  "print(load(string.dump(function() end), 'n', 't')) load('x', 'n', {})",
  "print(load('return x', 'n', 't', {x = 1})(), load(12)) load({}, 'n')",
  "print(xpcall(load, debug.traceback, function() error('reader') end)) load(nil)",
  "dofile('missing.lua')",
  "dofile('syntax.lua')",
  "dofile('fails.lua')",
  "require('missing.module')",
  "require('broken')",
  "require('raises')",
  "package.path = 'x' require('missing')",
  "package.searchers = {} require('missing')",
  "package.searchers = nil require('missing')",
  "package.path = nil require('missing')",
  "package.preload.p = function() error('preloaded') end require('p')",
  "select('x')",
  "select(-5)",
  "setmetatable(1, {})",
  "rawset(1, 2, 3)",
  "tonumber('1', 99)",
  "collectgarbage('x')",
  "os.exit('x')",
  "io.lines('missing.txt')",
  "io.read('x')",
  "debug.sethook(function() error('hook') end, 'l')\nlocal x = 1",
  "error(debug.traceback('text', 1))",
  "print(debug.traceback())",
  "print(debug.traceback('m', 0))",
  "print(debug.traceback('m', 2))",
  "print(debug.traceback({}) ~= nil)",
  "local function f() print(debug.traceback('in f')) end pcall(f) f()",
  "print(debug.traceback(coroutine.create(print)))",
  "local co = coroutine.create(function() coroutine.yield() end) coroutine.resume(co)\n"
    .. "print(debug.traceback(co))",
  "setmetatable({}, {__gc = function() error('in gc') end}) collectgarbage()",
  "setmetatable({}, {__gc = function() error('at the end') end})",
  "warn('@on') setmetatable({}, {__gc = function() error('in gc') end}) collectgarbage()",
  "local function a() error('a') end\nlocal function b() a() end\nfunction C() b() end\nC()",
  "local t = {m = function(self) error('method') end}\nt:m()",
  "local t = setmetatable({}, {__add = function() error('add') end})\nreturn t + 1",
  "return 1, 'two', {}",
  "return",
  "return error",
  "return false",
  "return nil",
  "return os.exit",
}

side_by_side.define(function(both)
  for i, script in ipairs(SCRIPTS) do
    test("error " .. i .. ": " .. script, function()
      both.file("case.lua", script)
      both.same("lua case.lua")
    end)
  end

  both.each("parse errors", {
    [[lua -e 'x =']],
    [[lua -e '"unfinished']],
    [[lua -e '[[unfinished']],
    [[lua -e 'for i = 1 do end']],
    [[lua -e 'x = 0x']],
    [[lua -e 'x = "\q"']],
    [[lua -e 'break']],
    [[lua -e 'local x <bad> = 1']],
    [[lua -e '::a:: ::a::']],
    [[lua -e 'return return']],
    [[printf '\033Lua' | lua -]],
    [[printf '\033Lua' > binary.lua; lua binary.lua]],
    [[printf '\357\273\277print("a mark in front")' > bom.lua; lua bom.lua]],
    [[printf '# comment only' > one.lua; lua one.lua]],
    [[: > empty.lua; lua empty.lua]],
    [[printf 'print("\0")' > zero.lua; lua zero.lua | od -c]],
  })

  test("a userdata of a C module as the error", function()
    both.same "lua -e 'error(io.tmpfile())' 2>&1 | sed 's/file (.*)/file/'"
  end)

  test("an error in the main chunk is on stderr before the tasks go on", function()
    local out, err, status = both.run(both.braid, [[lua -e '
      local task = require "braid.task"
      task.spawn(function() task.sleep(0.05) io.stderr:write("the task ends\n") end)
      task.yield()
      error("the main chunk failed")']])
    expect(out):equals ""
    expect(err):matches "^lua: .*the main chunk failed\nstack traceback:.*the task ends\n$"
    expect(status):equals(1)
  end)
end)
