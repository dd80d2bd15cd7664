-- Example 001-5: processes do not share globals.
-- Look at: the first child fills a copy of the list; the main process still has an empty one, and so
-- has the second child, which starts later.

local process = require "braid.process"

list = {} -- luacheck: ignore

local function text()
  return "[" .. table.concat(list, ", ") .. "]" -- luacheck: ignore
end

local function add_data()
  for i = 0, 4 do table.insert(list, i) end -- luacheck: ignore
  print("the writing child reads: " .. text())
end

local function read_data()
  print("the reading child reads: " .. text())
end

local adding = process.Process { target = add_data }
local reading = process.Process { target = read_data }

adding:start()
adding:join() -- the list is full, in there
print("the main process reads: " .. text())
reading:start()
