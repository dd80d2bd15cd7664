-- table.sort, with the default order and with a comparator; the same numbers in every run.
local seed = 42
local function next_number()
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed
end

local numbers, reversed = {}, {}
for i = 1, 80000 do
  numbers[i] = next_number()
  reversed[i] = numbers[i]
end

local start = os.clock()
table.sort(numbers)
table.sort(reversed, function(a, b) return a > b end)
assert(numbers[1] == reversed[#reversed])
print(("sort %.4g ms"):format((os.clock() - start) * 1e3))
