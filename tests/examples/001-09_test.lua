-- Example 001-9: the parrot speaks five times through args, three times through kwargs.

local support = require "support"

test("001-9: args and kwargs reach the target", function()
  local lines, _, err, status = support.example("threads/001-09_args_and_kwargs.lua", 0.02)
  local of = { args = {}, kwargs = {} }
  for _, line in ipairs(lines) do
    local name, text = line:match "^(%a+): (.*)$"
    table.insert(of[name], text)
  end
  for name, count in pairs { args = 5, kwargs = 3 } do
    local expected = { ("told to speak %d times"):format(count) }
    for _ = 1, count do table.insert(expected, "I am a parrot!") end
    table.insert(expected, "done")
    expect(of[name]):same(expected)
  end
  expect(err):equals ""
  expect(status):equals(0)
end)
