-- The ```lua blocks of a text, and running one as a script. What a block says of itself:
--   --> text            prints this line; all of them, in order, are all that it prints
--   --!> text           stderr has this text; without one nothing may come there
--   -- exit status N    on a line of its own; 0 without it
-- luacheck: globals expect
local support = require "support"
local lua_blocks = {}

local LIMIT_SECONDS = 20

function lua_blocks.read(path)
  local file <close> = assert(io.open(support.root .. "/" .. path, "rb"))
  return file:read "a"
end

-- A list of { line, source }; in a stub the text stands behind `---`.
function lua_blocks.of(text, in_comments)
  local blocks, block, number = {}, nil, 0
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    if in_comments then line = line:match "^%-%-%- ?(.*)$" or "" end
    if block == nil then
      if line:match "^```lua%s*$" then block = { line = number + 1 } end
    elseif line:match "^```%s*$" then
      block.source = table.concat(block, "\n") .. "\n"
      blocks[#blocks + 1] = block
      block = nil
    else
      block[#block + 1] = line
    end
  end
  assert(block == nil, "a block of code is not closed")
  return blocks
end

local function promised(source)
  local lines = {}
  for text in source:gmatch "%-%-> ([^\n]*)" do lines[#lines + 1] = text .. "\n" end
  return #lines > 0 and table.concat(lines) or nil
end

-- Runs it as a script of its own and expects what it says.
function lua_blocks.expect_runs(block)
  local out, err, status = support.script(block.source, { limit = LIMIT_SECONDS })
  local report = block.source:match "%-%-!> ([^\n]*)"
  if report then
    expect(err:find(report, 1, true) and report or err):equals(report)
  else
    expect(err):equals ""
  end
  local wanted = block.source:match "\n%-%- exit status (%d+)"
  expect(status):equals(wanted and tonumber(wanted) or 0)
  local printed = promised(block.source)
  if printed then expect(out):equals(printed) end
end

return lua_blocks
