-- The prompt. Fed from a file `braid -i` writes what `lua -i` writes; on a terminal (a pty made by
-- util-linux's `script`) it has what is Braid's own.

local support = require "support"
local side_by_side = dofile(support.root .. "/tests/program/side_by_side.lua")

local SESSIONS = {
  "1 + 1\n",
  "1 + 1",
  "1, nil, 'x'\n",
  "return 1\n",
  "=1\n= 2\n==3\n",
  "x = 1\nx\n",
  "local y = 1\ny\n",
  "print(1)\n",
  "\n\n\n",
  "-- a comment\n",
  "for i = 1, 2 do\nprint(i)\nend\n",
  "function f()\n  return 7\nend\nf()\n",
  "{\n}\n",
  "(\n1\n)\n",
  "f(\n",
  "x = [[a\nb]]\nx\n",
  "x = 'a\\\nb'\nx\n",
  "x = {\n1,\n2\n}\n#x\n",
  "for",
  "for\n",
  "x x\n",
  "x = = 1\n",
  "error('x')\n1\n",
  "error({})\n",
  "error()\n",
  "error(setmetatable({}, {__tostring = function() return 'custom' end}))\n",
  "local function f() error('deep') end f()\n",
  "coroutine.wrap(function() error('co') end)()\n",
  "nil\n",
  "false\n",
  "setmetatable({}, {__tostring = function() return 'shown' end})\n",
  "setmetatable({}, {__tostring = function() error('not shown') end})\n",
  "setmetatable({}, {__tostring = function() return 1 end})\n",
  "print = nil\n1\n",
  "print = 5\n1\n",
  "print = function(...) io.write('<', ..., '>\\n') end\n1\n",
  "_PROMPT = 'p> '\n1\n",
  "_PROMPT2 = 'p2> '\nfor i = 1, 1 do\nend\n",
  "_PROMPT2 = 'p2> '\nfor",
  "_PROMPT = 12\n1\n",
  "_PROMPT = setmetatable({}, {__tostring = function() return 't> ' end})\n1\n",
  "_PROMPT = setmetatable({}, {__tostring = function() error('no') end})\n1\n",
  "_PROMPT = setmetatable({}, {__tostring = function() error({}) end})\n1\n",
  "_PROMPT = ''\n1\n",
  "io.read()\nthis line\n2\n",
  "io.read('n')\n12 + 1\n2\n",
  "arg[0]\n#arg\n",
  "...\n",
  "return ...\n",
  "os.exit(3)\n1\n",
  "os.exit(3, true)\n1\n",
  "local c <close> = setmetatable({}, {__close = function() print('closed') end})\n",
  "setmetatable({}, {__gc = function() print('gc at the end') end}) and 1\n",
  "goto x\n",
  "break\n",
  "x = 1 y = 2\nx y\n",
  "table.unpack({}, 1, 100) and 1\n",
  "select('#', table.unpack({}, 1, 200))\n",
  "table.unpack({}, 1, 2000)\n",
  "debug.traceback()\n",
  "debug.getinfo(1, 'S').short_src\n",
  "\tx\t=\t1\n",
  "'\195\164\226\130\172'\n",
  ("'" .. ("x"):rep(3000) .. "'\n"),
  ("x = 1\n"):rep(100),
  "warn('@on')\nwarn('a')\n",
  "#!shebang\n1\n",
  "1;\n",
  "1; 2\n",
  "x = 5; return x\n",
}

side_by_side.define(function(both)
  for i, input in ipairs(SESSIONS) do
    test(("session %d: %s"):format(i, input:sub(1, 60):gsub("\n", " / ")), function()
      both.same("lua -i", { stdin = input })
    end)
  end

  both.each("interactive with more", {
    { "lua -i ok.lua a b", stdin = "...\narg[1]\n" },
    { "lua -i fails.lua", stdin = "1\n" },
    { "lua -i -e 'x = 5'", stdin = "x\n" },
    { "lua -i -e 'error(1)'", stdin = "1\n" },
    { "lua -i -l mod", stdin = "mod.name\n" },
    { "lua -i -v", stdin = "1\n" },
    { "lua -i -", stdin = "print 'the rest is the script'\n" },
    { "lua -i -e 'return 1'", stdin = "debug.traceback()\n" },
    { "LUA_INIT='_PROMPT = \"i> \"' lua -i", stdin = "1\n" },
    { "lua -i -W", stdin = "warn 'x'\n" },
    { "lua -i 2>&1", stdin = "error 'x'\nprint 'y'\n" },
  })
end)

test("the global braid is there at the prompt, and nowhere else", function()
  local braid = support.quote(support.braid)
  expect((support.run(braid .. " -i", { stdin = "type(braid)\nbraid == require 'braid'\n" })))
    :matches "\ntable\n.*\ntrue\n"
  expect((support.run(braid .. " -e 'print(braid)'"))):equals "nil\n"
  expect((support.run(braid, { stdin = "print(braid)" }))):equals "nil\n"
end)

test("tasks go on between the lines, and after the last", function()
  local out, err, status = support.run(support.quote(support.braid) .. " -i", { stdin = [[
task = require "braid.task"
t = task.spawn(function() print "the task runs" end)
task.sleep(0.01)
late = task.spawn(function() task.sleep(0.05) print "the late task ends" end)
]] })
  expect(out):matches "the task runs"
  expect(out):matches "the late task ends\n$"
  expect(err):equals ""
  expect(status):equals(0)
end)

local has_script = select(3, support.run "command -v script") == 0

-- Types `keys` (a list of texts and pauses in seconds) into a session on a terminal. Returns what
-- the terminal showed.
local function session(keys, command)
  local typing = {}
  for _, key in ipairs(keys) do
    typing[#typing + 1] = type(key) == "number" and "sleep " .. key
      or "printf " .. support.quote(key:gsub("\n", "\r"):gsub("[%c\\%%]", function(c)
        return c == "%" and "%%" or ("\\%03o"):format(c:byte())
      end))
  end
  local home = support.run("mktemp -d"):gsub("\n", "")
  local line = ("cd %s; (sleep 0.3; %s; sleep 0.3) | HOME=%s XDG_STATE_HOME=%s TERM=dumb "
    .. "script -qec %s /dev/null"):format(
    home, table.concat(typing, "; "), home, home,
    support.quote(command or support.quote(support.braid)))
  local out = support.run(line, { limit = 30 })
  local history = io.open(home .. "/braid/history")
  local remembered = history and history:read "a" or ""
  if history then history:close() end
  support.run("rm -rf " .. home)
  return (out:gsub("\r", "")), remembered
end

local function on_terminal(name, fn)
  test(has_script and name or "left out, no `script`: " .. name, has_script and fn
    or function() expect(has_script):is_false() end)
end

on_terminal("without arguments a terminal gets the prompt; Ctrl-D leaves", function()
  local out = session { "1 + 41\n", 0.2, "\4" }
  expect(out):matches "Lua 5%.4"
  expect(out):matches "\n42\n"
end)

on_terminal("tables are shown readably, what says how it is shown as it says", function()
  local out = session { "{ 1, { x = 'y' } }, 'text'\n", 0.2,
    "setmetatable({}, { __tostring = function() return 'its own' end })\n", 0.2, "\4" }
  expect(out):matches '\n{1, {x = "y"}}\ttext\n'
  expect(out):matches "\nits own\n"
end)

on_terminal("Ctrl-C ends the line alone", function()
  local out = session { "x = 'not run'\3", 0.2, "x == nil\n", 0.2, "\4" }
  expect(out):matches "\ntrue\n"
end)

on_terminal("Ctrl-C ends the command alone", function()
  local out = session { "while true do end\n", 0.3, "\3", 0.3, "6 * 7\n", 0.2, "\4" }
  expect(out):matches "interrupted!\nstack traceback:"
  expect(out):matches "\n42\n"
end)

on_terminal("Ctrl-C ends a wait alone", function()
  local out = session { "braid.task.sleep(20)\n", 0.3, "\3", 0.3, "6 * 7\n", 0.2, "\4" }
  expect(out):matches "interrupted!"
  expect(out):matches "\n42\n"
end)

on_terminal("tasks go on while the prompt waits", function()
  local out = session {
    "t = braid.task.spawn(function() braid.task.sleep(0.05) print 'from the task' end)\n", 0.5,
    "'next'\n", 0.2, "\4" }
  expect(out):matches "from the task\n.*\nnext\n"
end)

on_terminal("a busy task at the prompt does not keep Ctrl-C from ending the line", function()
  local out = session {
    "t = braid.task.spawn(function() while true do end end)\n", 0.3, "\3", 0.3, "t:cancel()\n", 0.3,
    "'still here'\n", 0.3, "\4" }
  expect(out):matches "\nstill here\n"
end)

on_terminal("commands are kept in the history, one of several lines as one", function()
  local _, remembered = session { "x = 1\n", 0.1, "for i = 1, 2 do\n", 0.1, "end\n", 0.1, "\4" }
  expect(remembered):matches "\nx = 1\n"
  expect(remembered):matches "\nfor i = 1, 2 do\nend\n"
end)

on_terminal("the history of an earlier session is there", function()
  local braid = support.quote(support.braid)
  local out = session({ "'first session'\n", 0.2, "\4", 0.4, "\16\n", 0.2, "\4" },
    ("%s; %s"):format(braid, braid))
  local _, shown = out:gsub("\nfirst session\n", "")
  expect(shown):equals(2)
end)
