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
end
