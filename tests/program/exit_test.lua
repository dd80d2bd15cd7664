-- How the program ends: os.exit in its variants, what the main chunk returns, closed streams.

local support = require "support"
local side_by_side = dofile(support.root .. "/tests/program/side_by_side.lua")

side_by_side.define(function(both)
  both.each("exit", {
    "lua -e 'os.exit()'",
    "lua -e 'os.exit(true)'",
    "lua -e 'os.exit(false)'",
    "lua -e 'os.exit(0)'",
    "lua -e 'os.exit(7)'",
    "lua -e 'os.exit(256)'",
    "lua -e 'os.exit(-1)'",
    "lua -e 'os.exit(3.0)'",
    "lua -e 'os.exit(3.5)'",
    "lua -e 'os.exit(\"3\")'",
    "lua -e 'os.exit(nil)'",
    "lua -e 'os.exit(5, true)'",
    "lua -e 'os.exit(true, true)'",
    "lua -e 'io.write(\"no newline\") os.exit(2)'",
    "lua -e 'io.stdout:setvbuf(\"full\") io.write(\"kept\") os.exit(2)'",
    "lua -e 'setmetatable({}, {__gc = function() print(\"gc\") end}) os.exit(2)'",
    "lua -e 'setmetatable({}, {__gc = function() print(\"gc\") end}) os.exit(2, true)'",
    "lua -e 'local c <close> = setmetatable({}, {__close = function() print(\"closed\") end}) os.exit(2, true)'",
    "lua -e 'local c <close> = setmetatable({}, {__close = function() print(\"closed\") end}) os.exit(2)'",
    "lua -e 'coroutine.wrap(function() os.exit(4) end)()'",
    "lua -e 'coroutine.wrap(function() os.exit(4, true) end)()'",
    "lua -e 'pcall(os.exit, 6)'",
    "lua -e 'table.sort({2, 1}, function() os.exit(8) end)'",
    "lua -e 'setmetatable({}, {__gc = function() os.exit(9) end}) collectgarbage()'",
    "lua -e 'print(1)' -e 'os.exit(3)' -e 'print(2)'",
    "lua -i -e 'os.exit(3)' </dev/null",
    "echo 'os.exit(3)' | lua -i",
    "echo 'os.exit(3)' | lua",
    "echo 'error(1)' | lua; echo $?",
    "lua -e 'setmetatable({}, {__gc = function() print(\"gc at the end\") end})'",
    "lua -e 'setmetatable({}, {__gc = function() print(\"gc at the end\") end}) error(\"x\")'",
    "lua -e 'return 5'",
    "lua -e 'print(\"a\")' >&-",
    "lua -e 'print(io.write(\"a\"))' >&- 2>&1",
    "lua -e 'error(\"unseen\")' 2>&-",
    "lua -e 'print(io.read())' <&-",
    "lua <&-",
    "lua -e 'print(io.stdout:close())' -e 'print(1)'",
    "lua -e 'for i = 1, 1e5 do print(i) end' | head -1",
    "lua -e 'for i = 1, 1e5 do print(i) end' | head -1; echo ${PIPESTATUS[0]}",
    "lua -e 'for i = 1, 1e5 do io.write(i, \"\\n\") end' | head -1; echo ${PIPESTATUS[0]}",
    "(trap '' PIPE; lua -e 'for i = 1, 1e5 do assert(io.write(i, \"\\n\")) end' | head -1) 2>&1"
      .. " | sed 's/Broken.*//' | head -2",
    "lua -e 'print(1)' > /dev/full; echo $?",
    "lua -e 'print(io.write((\"x\"):rep(1e6)))' 2>&1 > /dev/full",
    "lua -e 'os.execute(\"kill -TERM $PPID\")'",
    "lua -e 'print(os.execute(\"exit 3\"))'",
    "lua -e 'print(os.execute(\"kill -9 $$\"))'",
    "lua -e 'print(os.execute())'",
    "lua -e 'print(io.popen(\"exit 5\"):close())'",
    "lua -e 'print(io.popen(\"echo out; kill -9 $$\"):read(\"a\"))'",
    "echo some input | lua -e 'print(io.read(\"a\"))'",
    "printf 'print(io.read())\\nthis line is read by it' | lua",
    "printf 'print(1)\\nprint(io.read())\\nrest' | lua -",
    "lua -e 'for l in io.lines(\"ok.lua\") do print(l) end'",
  })

  test("os.exit in a task ends the program at once, with its status", function()
    local out, err, status = both.run(both.braid, [[lua -e '
      local task = require "braid.task"
      task.spawn(function() os.exit(7) end)
      task.spawn(function() print("not reached") end)
      task.sleep(10)']])
    expect(out .. err):equals ""
    expect(status):equals(7)
  end)

  test("os.exit with close in a task runs finalizers", function()
    local out, _, status = both.run(both.braid, [[lua -e '
      local task = require "braid.task"
      KEPT = setmetatable({}, { __gc = function() print("collected") end })
      task.spawn(function() os.exit(7, true) end)
      task.sleep(10)']])
    expect(out):equals "collected\n"
    expect(status):equals(7)
  end)
end)
