-- Every relative link in the documents leads to a file that is there.

local support = require "support"
local lua_blocks = dofile(support.root .. "/tests/docs/lua_blocks.lua")

local function documents()
  local command = "cd %s && ls *.md scripts/*.md && find docs -name '*.md'"
  return support.lines((support.run(command:format(support.quote(support.root)))))
end

for _, path in ipairs(documents()) do
  test("links of " .. path, function()
    local folder = path:match "^(.*/)" or ""
    local broken = {}
    for target in lua_blocks.read(path):gmatch "%]%(([^)]+)%)" do
      local file = target:gsub("#.*$", "")
      if not target:match "^%a+:" and file ~= "" then
        local found = io.open(support.root .. "/" .. folder .. file)
        if found then found:close() else broken[#broken + 1] = target end
      end
    end
    expect(broken):same {}
  end)
end
