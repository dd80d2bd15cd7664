-- Strings: short ones joined, formatted and converted, then concatenated and searched.
local start = os.clock()
local found = 0
for _ = 1, 30 do
  local parts = {}
  for i = 1, 5000 do
    parts[i] = "key" .. i .. ":" .. ("%05d"):format(i)
  end
  local text = table.concat(parts, ",")
  for number in text:gmatch("key(%d+)") do found = found + #number end
  assert(#text:upper() == #text)
end
assert(found == 566790)
print(("strings %.4g ms"):format((os.clock() - start) * 1e3))
