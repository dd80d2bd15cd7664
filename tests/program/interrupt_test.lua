-- Ctrl-C: one raises "interrupted!" in the main chunk and gives status 130, the second one ends the
-- program. The scripts send the signal to themselves, so that nothing depends on time.

local support = require "support"
local side_by_side = dofile(support.root .. "/tests/program/side_by_side.lua")

local SELF = [[
local self = io.open("/proc/self/stat"):read("n")
local function ctrl_c() io.popen("kill -INT " .. self):close() end
local function ctrl_c_in(seconds) io.popen(("sleep %s; kill -INT %d"):format(seconds, self)) end
]]

local function script(source) return support.script(SELF .. source, { limit = 20 }) end

side_by_side.define(function(both)
  -- Where the hook strikes is the interpreter's affair, so these loops have one line.
  for name, source in pairs {
    ["in a loop"] = "ctrl_c_in(0.1) while true do end",
    ["in a function"] = "ctrl_c_in(0.1) local function f() while true do end end f()",
    ["caught"] = "ctrl_c_in(0.1) print(pcall(function() while true do end end))",
    ["caught, then another error"] =
      "ctrl_c_in(0.1) print(pcall(function() while true do end end)) error('later')",
  } do
    test("the message of lua: " .. name, function()
      both.file("interrupted.lua", SELF .. source)
      local out, err = both.run(both.stock, "lua interrupted.lua")
      local own_out, own_err = both.run(both.braid, "lua interrupted.lua")
      expect(own_out):equals(out)
      expect(own_err):equals(err)
    end)
  end
end)

test("a busy main chunk ends with status 130", function()
  local _, err, status = script "ctrl_c() while true do end"
  expect(err):matches "interrupted!"
  expect(status):equals(130)
end)

test("a sleeping main chunk ends with status 130, at once", function()
  local start = support.clock()
  local _, err, status = script "ctrl_c_in(0.1) require('braid.task').sleep(15)"
  expect(err):matches "interrupted!"
  expect(status):equals(130)
  expect(support.clock() - start):at_most(10)
end)

test("the main chunk's <close> variables run, then the tasks are cancelled", function()
  local out, err, status = script [[
    local task = require "braid.task"
    task.spawn(function()
      local _ <close> = setmetatable({}, { __close = function() print "task unwound" end })
      task.sleep(15)
    end)
    task.yield()
    local _ <close> = setmetatable({}, { __close = function() print "main unwound" end })
    ctrl_c_in(0.1)
    task.sleep(15)]]
  expect(out):equals "main unwound\ntask unwound\n"
  expect(err):matches "interrupted!"
  expect(status):equals(130)
end)

test("a busy task does not keep Ctrl-C from the main chunk", function()
  local _, err, status = script [[
    local task = require "braid.task"
    task.spawn(function() ctrl_c_in(0.1) while true do end end)
    task.sleep(15)]]
  expect(err):matches "interrupted!"
  expect(status):equals(130)
end)

test("Ctrl-C while only tasks are left cancels them", function()
  local out, _, status = script [[
    local task = require "braid.task"
    task.spawn(function()
      local _ <close> = setmetatable({}, { __close = function() print "unwound" end })
      ctrl_c_in(0.1)
      task.sleep(15)
    end)
    print "main ends"]]
  expect(out):equals "main ends\nunwound\n"
  expect(status):equals(130)
end)

test("Ctrl-C while only a busy task is left", function()
  local _, _, status = script [[
    local task = require "braid.task"
    task.spawn(function() ctrl_c_in(0.1) while true do end end)]]
  expect(status):equals(130)
end)

test("the second Ctrl-C ends the program at once", function()
  local _, _, status = script [[
    pcall(function() ctrl_c() while true do end end)
    ctrl_c()
    while true do end]]
  expect(status):equals(130)  -- 128 + SIGINT: ended by the signal
end)

test("a script that catches it goes on and ends as it likes", function()
  local out, err, status = script "print(pcall(function() ctrl_c() while true do end end)) print 'on'"
  expect(out):matches "^false\t.*interrupted!\non\n$"
  expect(err):equals ""
  expect(status):equals(0)
end)
