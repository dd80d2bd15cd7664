-- Every ```lua block of the stubs, the README and the guide runs as a script, in time and without
-- an error, and prints what it says.

local support = require "support"
local lua_blocks = dofile(support.root .. "/tests/docs/lua_blocks.lua")

local function paths(pattern)
  local command = ("cd %s && ls %s"):format(support.quote(support.root), pattern)
  return support.lines((support.run(command)))
end

local function test_file(path)
  local blocks = lua_blocks.of(lua_blocks.read(path), path:match "%.lua$" ~= nil)
  test(path .. " has examples", function() expect(#blocks):at_least(1) end)
  for _, block in ipairs(blocks) do
    test(("%s:%d"):format(path, block.line), function() lua_blocks.expect_runs(block) end)
  end
end

test_file "README.md"
for _, path in ipairs(paths "docs/guide/*.md") do test_file(path) end
for _, path in ipairs(paths "stdlib/*.meta.lua") do test_file(path) end
