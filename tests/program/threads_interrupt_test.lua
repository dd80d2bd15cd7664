-- Ctrl-C in a program with threads: main is interrupted, the others are cancelled.

local support = require "support"

local PRELUDE = [[
local thread, task, sync = require "braid.thread", require "braid.task", require "braid.sync"
local self = thread.main_thread().native_id
local function ctrl_c() io.popen("kill -INT " .. self):close() end
]]

local function script(source, options)
  options = options or {}
  options.limit = options.limit or 30
  return support.script(PRELUDE .. source, options)
end

test("Ctrl-C: main unwinds, threads are cancelled and unwind, the status is 130", function()
  local out, err, status = script [[
    local ready = sync.Event()
    local function closing(name)
      return setmetatable({}, { __close = function() print(name .. " unwound") end })
    end
    local waiting = thread.spawn(function()
      local _ <close> = closing "waiting"
      ready:set()
      task.sleep(60)
    end)
    ready:wait()
    ready:clear()
    local busy = thread.spawn(function()
      local _ <close> = closing "busy"
      ready:set()
      while true do end
    end)
    ready:wait()
    local _ <close> = closing "main"
    ctrl_c()
    task.sleep(60)]]
  local lines = support.lines(out)
  table.sort(lines)
  expect(lines):same { "busy unwound", "main unwound", "waiting unwound" }
  expect(out):matches "^main unwound"
  expect(err):matches "interrupted!"
  expect(err):lacks "cancelled"
  expect(status):equals(130)
end)

test("Ctrl-C while main waits for a thread", function()
  for _, wait in ipairs { "t:join()", "t:result()", "t:join(60)", "" } do
    local _, err, status = script(([[
      local t = thread.spawn(function() task.sleep(60) end)
      thread.spawn(function() task.sleep(0.05) ctrl_c() end)
      %s]]):format(wait))
    if wait ~= "" then expect(err):matches "interrupted!" end
    expect(err):lacks "cancelled"
    expect(status):equals(130)
  end
end)

test("the second Ctrl-C ends a program whose threads do not", function()
  local _, _, status = script [[
    local ready = sync.Event()
    thread.spawn(function()
      local _ <close> = setmetatable({}, { __close = function()
        ctrl_c()
        while true do end
      end })
      ready:set()
      task.sleep(60)
    end)
    ready:wait()
    ctrl_c()
    task.sleep(60)]]
  expect(status):equals(130)
end)
