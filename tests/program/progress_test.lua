-- Bars and spinners on a terminal: the bytes, and what is to be seen in the end, whoever prints
-- meanwhile.

local support = require "support"
local terminal = dofile(support.root .. "/tests/program/terminal.lua")

local function on_terminal(name, fn)
  test(terminal.is_there and name or "left out, no `script`: " .. name, terminal.is_there and fn
    or function() expect(terminal.is_there):is_false() end)
end

-- The bytes of one drawing of a bar of which nothing is done.
local function at_zero(text, meter)
  return text .. "  0%|" .. (" "):rep(meter) .. "| 0/10 [00:00<?, ?it/s]\27[K"
end

on_terminal("a bar is drawn at once, and again below what is printed", function()
  local out = terminal.run [[
    local bar <close> = require("braid.progress").bar(10)
    print("one", 1)
    io.write("two ", 2, "\n")
    io.stderr:write "three\n"
    os.exit(0)]]
  local bar = "\r" .. at_zero("", 11)
  local expected = bar
  for _, line in ipairs { "one\t1", "two 2", "three" } do
    expected = expected .. "\r\27[J" .. line .. "\r\n" .. bar
  end
  -- When the program ends the bar is left as a line of its own.
  expected = expected .. "\r\27[J" .. at_zero("", 11):gsub("\27%[K", "") .. "\r\n\r"
  expect(out):equals(expected)
end)

on_terminal("an unfinished line is gone on with", function()
  local out = terminal.run [[
    local bar = require("braid.progress").bar(10, { leave = false })
    io.write "begun, "
    io.stdout:write("\27[1mgone on", " with\27[m, ")
    io.write "ended\n"
    print "next"
    bar:close()]]
  local plain = out:gsub("\27%[1?m", "")
  expect(terminal.screen(plain)):same { "begun, gone on with, ended", "next" }
  expect(select(2, out:gsub("begun", ""))):equals(1)
end)

on_terminal("a bar begins below an unfinished line", function()
  local out = terminal.run [[
    io.write "begun"
    local bar = require("braid.progress").bar(10, { leave = false })
    bar:close()
    print "next"]]
  expect(terminal.screen(out)):same { "begun", "next" }
end)

on_terminal("a bar that is done stays, one that is not to leaves nothing", function()
  local out = terminal.run [[
    local progress = require "braid.progress"
    for x in progress.bar({ "a", "b" }, { desc = "stays" }) do print(x) end
    for _ in progress.bar(3, { desc = "goes", leave = false }) do end
    print "end"]]
  local lines = terminal.screen(out)
  expect(#lines):equals(4)
  expect(lines[1] .. lines[2] .. lines[4]):equals "abend"
  expect(lines[3]):matches "^stays: 100%%|#+| 2/2 %[%d%d:%d%d<00:00%]$"
end)

on_terminal("where it is narrow the rate goes first, then the times; wide characters take two columns", function()
  for columns = 12, 60 do
    local out = terminal.run([[
      local bar = require("braid.progress").bar(10, { desc = "進捗表示 a long one e\u{301} \n\27[7m ✅ 漢字" })
      print("x")]], { columns = columns })
    local lines = terminal.screen(out:gsub("\u{301}", ""), columns)
    expect(lines[1]):equals "x"
    expect(#lines):equals(2)
    expect(lines[2]):matches "  0%%.* 0/10"
    if columns > 18 then expect(lines[2]):matches "^進.*: " end
    if columns > 40 then expect(lines[2]):matches " 0/10 %[00:00<%?, %?it/s%]$" end
  end
end)

on_terminal("the width is that of the moment", function()
  local out = terminal.run([[
    local bar <close> = require("braid.progress").bar(10, { desc = "bar" })
    os.execute "stty cols 20"
    print "narrow"
    os.execute "stty cols 60"
    print "wide"]])
  local narrow = out:match "narrow\r\n\r([^\27]*)"
  local wide = out:match "wide\r\n\r([^\27]*)"
  expect(#narrow):at_most(19)
  expect(#wide):equals(59)
end)

on_terminal("with UTF-8 the meter is as fine as eighths of a character", function()
  local out = terminal.run([[
    local bar <close> = require("braid.progress").bar(16)
    bar:update(1)]], { locale = "C.UTF-8", columns = 60 })
  expect(out):matches "  6%%|[▏▎▍▌▋▊▉█]"
end)

on_terminal("without a total it counts", function()
  local out = terminal.run [[
    local n = 0
    for x in require("braid.progress").bar(function() n = n + 1 return n < 4 and n or nil end) do end]]
  expect(terminal.screen(out)[1]):matches "^3it %[%d%d:%d%d, .*it/s%]$"
end)

on_terminal("bars stand below each other", function()
  local out = terminal.run [[
    local progress = require "braid.progress"
    for i in progress.bar(2, { desc = "outer" }) do
      for _ in progress.bar(2, { desc = "inner" }) do print "work" end
    end]]
  local lines = terminal.screen(out)
  expect(#lines):equals(7)
  expect(lines[3]):matches "^inner: 100%%"
  expect(lines[7]):matches "^outer: 100%%"
end)

on_terminal("a loop that is left by break or an error closes its bar", function()
  local out = terminal.run [[
    local progress = require "braid.progress"
    for i in progress.bar(4) do if i == 2 then break end end
    for i in progress.bar(4) do if i == 3 then error "stop" end end]]
  local lines = terminal.screen(out, 200)
  expect(lines[1]):matches "^ 25%%.* 1/4 "
  expect(lines[2]):matches "^ 50%%.* 2/4 "
  expect(lines[3]):matches "stop$"
end)

-- Each kind for itself: the thread sanitizer does not see what processes do for each other.
for _, kind in ipairs { "thread", "process" } do
  on_terminal(kind .. " after " .. kind .. " prints above, whole lines, and advances the bar", function()
    local out = terminal.run(([[
      local progress, sync = require "braid.progress", require "braid.sync"
      local bar <close> = progress.bar(100, { desc = "all" })
      local all_are_there = sync.Barrier(4)
      local function work(name)
        all_are_there:wait()
        for i = 1, 25 do
          if i %% 2 == 0 then print(name, i) else io.write(name, "\t", i, "\n") end
          bar:update()
        end
      end
      local units = {}
      for i = 1, 4 do units[i] = require("braid.%s").spawn(work, "unit" .. i) end
      for _, unit in ipairs(units) do unit:result() end]]):format(kind))
    local lines = terminal.screen(out:gsub("\t", " "))
    expect(#lines):equals(101)
    expect(table.remove(lines)):matches "^all: 100%%.* 100/100 %[%d%d:%d%d<00:00%]$"
    local counts = {}
    for _, line in ipairs(lines) do
      local name, i = line:match "^(unit%d) (%d+)$"
      counts[name or line] = (counts[name or line] or 0) + 1
      if name then expect(tonumber(i)):equals(counts[name]) end
    end
    for i = 1, 4 do expect(counts["unit" .. i]):equals(25) end
  end)
end

on_terminal("the bar of a process that was killed goes away", function()
  local out = terminal.run [[
    local process, sync, progress =
      require "braid.process", require "braid.sync", require "braid.progress"
    local up = sync.Event()
    local mine <close> = progress.bar(10, { desc = "mine", leave = false })
    local p = process.spawn(function()
      local bar = progress.bar(10, { desc = "dead" })
      up:set()
      sync.Event():wait(60)
    end)
    up:wait()
    p:kill()
    p:join()
    print "printed"]]
  expect(terminal.screen(out)):same { "printed" }
  expect(out):matches "dead"
end)

on_terminal("errors are reported above, and the bar is left at the end", function()
  local out = terminal.run [[
    bar = require("braid.progress").bar(10)
    require("braid.thread").spawn(error, "lost", 0):join()
    error("uncaught", 0)]]
  local text = table.concat(terminal.screen(out, 40 * 10), "\n")
  expect(text):matches "^braid: uncaught error in thread 'Thread%-1': lost\n"
  expect(text):matches "uncaught\n"
  expect(text):matches "\n  0%%|.* 0/10 %[[^\n]*$"
end)

on_terminal("updates are drawn ten times a second at most, and the last one in any case", function()
  local out = terminal.run [[
    local progress, time = require "braid.progress", require "braid.time"
    local bar = progress.bar(1000000)
    local start = time.monotonic()
    for _ = 1, 200000 do bar:update() end
    local most = (time.monotonic() - start) / 0.1 + 3
    time.sleep(0.3)
    print(("most %d"):format(most // 1))
    bar:close()]]
  local before, most = out:match "^(.*)most (%d+)"
  expect(select(2, before:gsub("0/?1000000", ""))):at_most(tonumber(most))
  -- By the helper thread, while nobody updates.
  expect(before):matches " 200000/1000000 "
end)

on_terminal("a spinner turns while Lua computes, and leaves nothing", function()
  local out = terminal.run [[
    local progress, time = require "braid.progress", require "braid.time"
    do
      local spinner <close> = progress.spinner "working"
      local start = time.monotonic()
      while time.monotonic() - start < 0.5 do end
      spinner:describe "nearly done"
      print "computed"
      local from = time.monotonic()
      while time.monotonic() - from < 0.3 do end
    end
    print "end"]]
  expect(out):matches "^\r| working\27%[K\r"
  expect(out):matches "/ working\27%[K\r%- working"
  expect(out):matches "nearly done"
  expect(terminal.screen(out)):same { "computed", "end" }
end)

on_terminal("a deadlock is found while a spinner turns", function()
  local out = terminal.run [[
    local spinner = require("braid.progress").spinner "waiting"
    require("braid.sync").Event():wait()]]
  expect(out):matches "deadlock"
end)

on_terminal("what goes elsewhere does not move the bar", function()
  local out = terminal.run([[
    local bar = require("braid.progress").bar(10, { leave = false })
    print "to a file"
    local file <close> = io.tmpfile()
    file:write "more"
    bar:close()]], { before = "exec >/dev/null; " })
  expect(out):equals("\r" .. at_zero("", 11) .. "\r\27[J\r")
end)
