-- Tables: made, appended to by index and by table.insert, filled by string key, read back.
local start = os.clock()
local sum = 0
for _ = 1, 40 do
  local list, more, record = {}, {}, {}
  for i = 1, 10000 do
    list[#list + 1] = {i}
    table.insert(more, i)
    record["k" .. i % 2000] = i
  end
  for i, item in ipairs(list) do sum = sum + item[1] + more[i] end
  for _, value in pairs(record) do sum = sum + value end
end
assert(sum == 4720440000)
print(("inserts %.4g ms"):format((os.clock() - start) * 1e3))
