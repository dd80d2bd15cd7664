-- What a process and a thread begin with: what they have of the program's state, and what not.

local process = require "braid.process"
local support = require "support"
local thread = require "braid.thread"

test("a file that the program has open is open in no other process", function()
  local out, err, status = support.script([[
    local process = require "braid.process"
    local sink = io.popen("cat >/dev/null", "w")
    local go = require "braid.sync".Event()
    local p = process.spawn(function() go:wait() end)
    print(sink:close())
    go:set()
    print(p:join())]], { limit = 20 })
  expect(err):equals ""
  expect(out):equals "true\texit\t0\ntrue\n"
  expect(status):equals(0)
end)

for kind, spawn in pairs { process = process.spawn, thread = thread.spawn } do
  test(kind .. ": random numbers of its own, unless it says where they begin", function()
    local seen = {}
    for _ = 1, 8 do
      local number = spawn(function() return math.random(0) end):result()
      expect(seen[number]):is_nil()
      seen[number] = true
    end
    math.randomseed(42)
    local here = { math.random(1000), math.random(1000) }
    math.randomseed()
    expect(spawn(function()
      math.randomseed(42)
      return { math.random(1000), math.random(1000) }
    end):result()):same(here)
  end)

  -- They went by name, which the receiver could not load.
  test(kind .. ": modules without a file arrive in what uses them", function()
    package.preload["state.preloaded"] = function() return { f = function() return "preloaded" end } end
    package.loaded["state.byhand"] = { f = function() return "by hand" end }
    local searcher = function(name)
      if name == "state.found" then
        return function() return { f = function() return "found" end } end
      end
    end
    table.insert(package.searchers, searcher)
    local a, b, c = require "state.preloaded", require "state.byhand", require "state.found"
    table.remove(package.searchers)
    expect(table.pack(spawn(function() return a.f(), b.f(), c.f() end):result())):same {
      "preloaded", "by hand", "found", n = 3 }
  end)

  test(kind .. ": a module that has a file is loaded there", function()
    local path, before = os.tmpname(), package.path
    support.write_file(path .. ".lua", "return {}")
    package.path = path:match "^(.*/)" .. "?.lua"
    local name = path:match "[^/]*$"
    local module = require(name)
    local same = spawn(function() return module == require(name) end):result()
    package.path, package.loaded[name] = before, nil
    os.remove(path .. ".lua")
    os.remove(path)
    expect(same):is_true()
  end)

  test(kind .. ": warnings are on if they are where it is started, and in whole lines", function()
    local function warned(options, source)
      local out, err = support.script(([[
        local spawn = require "braid.%s".spawn
        %s
        spawn(function() spawn(function() warn("one ", "line") warn "@off" warn "none" end):join() end):join()
        spawn(function() setmetatable({}, { __gc = function() error "in gc" end }) end):join()
        ]]):format(kind, source), { program = support.quote(support.braid) .. options })
      expect(out):equals ""
      return err
    end
    expect(warned("", "")):equals ""
    local err = warned(" -W", "")
    expect(err):matches "^Lua warning: one line\nLua warning: error in __gc[^\n]*in gc[^\n]*\n$"
    expect(warned("", "warn '@on'")):matches "^Lua warning: one line\n"
    expect(warned(" -W", "warn '@off'")):equals ""
  end)
end
