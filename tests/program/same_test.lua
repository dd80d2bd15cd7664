-- The scripts of same/ print what they see of the parts of Lua that Braid replaces or stands
-- under: coroutines, protected calls, tracebacks, packages. Stock Lua and braid print the same.

local support = require "support"
local side_by_side = dofile(support.root .. "/tests/program/side_by_side.lua")

side_by_side.define(function(both)
  local folder = support.root .. "/tests/program/same/"
  for _, path in ipairs(support.lines(support.run("ls " .. support.quote(folder) .. "*.lua"))) do
    local name = path:match "[^/]+$"
    test(name, function()
      local file <close> = assert(io.open(path))
      both.file(name, file:read "a")
      local out, _, status = both.same("lua " .. name)
      expect(#out > 0):is_true()
      expect(status):equals(0)
    end)
    test(name .. ", inside a coroutine", function()
      local _, _, status = both.same(
        ("lua -e 'coroutine.wrap(function() dofile(%q) end)()'"):format(name))
      expect(status):equals(0)
    end)
    test(name .. ", inside a protected call", function()
      both.same(("lua -e 'print(pcall(dofile, %q))'"):format(name))
    end)
  end
end)
