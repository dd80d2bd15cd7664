-- Example 003-5: five of the six numbers are prime, in whichever way they are handed out; map keeps
-- their order.

local support = require "support"

local numbers = {
  112272535095293, 112582705942171, 112272535095293, 115280095190773, 115797848077099,
  1099726899285419,
}

local function answer(n) return tostring(n ~= 1099726899285419) end

-- Every line as often as it must come, of each number formatted in that way.
local function count_of(...)
  local counts = {}
  for _, n in ipairs(numbers) do
    for _, format in ipairs { ... } do
      local line = format:format(n, answer(n))
      counts[line] = (counts[line] or 0) + 1
    end
  end
  return counts
end

test("003-5: primes in a pool of processes, three ways", function()
  local lines, _, err, status = support.example("pools/003-05_primes.lua", 0.05)
  local counts, order, way = {}, {}, nil
  for _, line in ipairs(lines) do
    local ended = line:match "^(%S+) took [%d.]+ s$"
    if ended then
      expect(ended):equals(way)
      order[#order + 1] = way
    elseif line:match "^%a" then
      way = line
      counts[way] = {}
    else
      counts[way][line] = (counts[way][line] or 0) + 1
    end
  end
  expect(order):same { "as_completed", "submit", "map" }
  expect(counts.as_completed):same(count_of("%d-nil", "%d %s"))
  expect(counts.submit):same(count_of "%d-2")
  expect(counts.map):same(count_of("%d-nil", "%d is prime: %s"))
  local mapped = {}
  for _, line in ipairs(lines) do mapped[#mapped + 1] = tonumber(line:match "^(%d+) is prime") end
  expect(mapped):same(numbers)
  expect(err):equals ""
  expect(status):equals(0)
end)
