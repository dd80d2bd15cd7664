-- print, io.write and file:write of many threads: whole lines.

local support = require "support"

-- Each thread writes `rounds` lines of 200 equal letters by that statement.
local function letters(statement, options)
  local out, err, status = support.script(([[
    local thread = require "braid.thread"
    local threads = {}
    for i = 1, 8 do
      threads[i] = thread.spawn(function(letter)
        for _ = 1, 200 do %s end
      end, string.char(96 + i))
    end
    for i = 1, 8 do threads[i]:result() end]]):format(statement), options)
  expect(status):equals(0)
  return out, err
end

local function expect_whole(text)
  local counts, wrong = {}, nil
  for line in text:gmatch "([^\n]*)\n" do
    local letter = line:sub(1, 1)
    if line:gsub("\t", letter) ~= letter:rep(200) then wrong = wrong or line end
    counts[letter] = (counts[letter] or 0) + 1
  end
  expect(wrong):is_nil()
  for i = 1, 8 do expect(counts[string.char(96 + i)]):equals(200) end
end

test("print", function()
  expect_whole((letters "print(letter:rep(99), letter:rep(100))"))
end)

test("io.write with several arguments", function()
  expect_whole((letters "io.write(letter, letter:rep(199), '\\n')"))
end)

test("file:write to stdout and to stderr", function()
  expect_whole((letters "io.stdout:write(letter:rep(199), letter, '\\n')"))
  local _, err = letters "io.stderr:write(letter:rep(100), letter:rep(100), '\\n')"
  expect_whole(err)
end)

test("print and io.write mixed, with tasks in every thread", function()
  expect_whole((letters [[
    require("braid.task").gather(function()
      if _ % 2 == 0 then print(letter:rep(200)) else io.write(letter:rep(150), letter:rep(50), "\n") end
    end)]]))
end)

test("numbers and errors of write are those of Lua", function()
  local out = support.script [[
    io.write(1, " ", 2.5, " ", 2^53, " ", math.mininteger, "\n")
    print(pcall(io.write, "begun ", {}))
    print(io.stdout:write("") == io.stdout, io.write() == io.stdout)
    local f = io.tmpfile()
    f:close()
    print(pcall(f.write, f, "x"))
    print(select("#", io.open("/dev/full", "w"):write(("x"):rep(100000))))]]
  expect(out):equals(table.concat({
    "1 2.5 9.007199254741e+15 -9223372036854775808",
    "begun false\tbad argument #2 to 'io.write' (string expected, got table)",
    "true\ttrue", "false\tattempt to use a closed file", "3", "",
  }, "\n"))
end)
