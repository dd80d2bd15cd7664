-- Every script has a test that runs it and a line in scripts/README.md.

local support = require "support"

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

test("every script is tested and listed", function()
  local root = support.root
  local listing = support.run(("ls %s/*/*.lua"):format(support.quote(root .. "/scripts")))
  local readme = read(root .. "/scripts/README.md")
  local count = 0
  for _, path in ipairs(support.lines(listing)) do
    local name = path:match "/scripts/(.*)$"
    local id = name:match "/(%d%d%d%-%d%d)_"
    local source = read(("%s/tests/examples/%s_test.lua"):format(root, id))
    expect(source:find('"' .. name .. '"', 1, true) ~= nil):is_true()
    expect(readme:find("(" .. name .. ")", 1, true) ~= nil):is_true()
    count = count + 1
  end
  expect(count):at_least(35)
end)
