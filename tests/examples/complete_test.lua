-- The list of examples in scripts/README.md is complete in all directions: each number that its first
-- table promises has one row, each row its script, each script its row and a test that runs it, and
-- no test is left over.

local support = require "support"

local root = support.root

local function read(path)
  local file <close> = assert(io.open(root .. "/" .. path))
  return file:read "a"
end

local function names(pattern)
  local listing = support.run(("cd %s && ls %s"):format(support.quote(root), pattern))
  local list = support.lines(listing)
  table.sort(list) -- as sorted() does, whatever the locale of ls
  return list
end

local readme = read "scripts/README.md"

-- The numbers that the first table promises, from "000-01 … 000-13" or a single name.
local function promised()
  local ids = {}
  for line in readme:match("^.-| document.-\n\n"):gmatch "[^\n]+" do
    local document, first, last = line:match "| (%d%d%d)%-(%d%d) … %1%-(%d%d)"
    if document then
      for i = tonumber(first), tonumber(last) do
        ids[#ids + 1] = ("%s-%02d"):format(document, i)
      end
    elseif line:match "| [a-z]+ |$" and not line:match "^| document" then
      ids[#ids + 1] = line:match "| ([a-z]+) |$"
    end
  end
  table.sort(ids)
  return ids
end

-- The rows of the other tables: { id, path }.
local function rows()
  local list = {}
  for line in readme:gmatch "[^\n]+" do
    local name, path = line:match "^| %[([^%]]+)%]%(([^)]+)%) | .+ |$"
    if name then
      expect(path:match "^%l+/(.*)%.lua$"):equals(name)
      list[#list + 1] = { id = name:match "^[^_]+", path = path }
    end
  end
  return list
end

local function sorted(list, field)
  local values = {}
  for i, item in ipairs(list) do values[i] = item[field] end
  table.sort(values)
  return values
end

test("the list has a row for each example that it promises, and no other", function()
  local ids = promised()
  expect(#ids):at_least(70)
  expect(sorted(rows(), "id")):same(ids)
end)

test("every row has its script, and every script its row", function()
  local paths = sorted(rows(), "path")
  for i, path in ipairs(paths) do paths[i] = "scripts/" .. path end
  expect(paths):same(names "scripts/*/*.lua")
end)

test("every script has a test that runs it, and every test a script", function()
  local tests = { "tests/examples/complete_test.lua" }
  for _, row in ipairs(rows()) do
    local path = ("tests/examples/%s_test.lua"):format(row.id)
    tests[#tests + 1] = path
    expect(read(path):find('"' .. row.path .. '"', 1, true) and row.path):equals(row.path)
  end
  table.sort(tests)
  expect(tests):same(names "tests/examples/*_test.lua")
end)
