-- Example 003-5: prime numbers in a pool of processes, three ways.
-- Look at: as_completed gives the answers as they come; submit alone, with a second argument, drops
-- them; map gives them in the order of the numbers. Five of the six are prime. For computing alone
-- threads would do as well here, they have no lock around them.

local pool = require "braid.pool"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local PRIMES = {
  112272535095293,
  112582705942171,
  112272535095293,
  115280095190773,
  115797848077099,
  1099726899285419,
}

local function is_prime(n, m)
  time.sleep(DELAY)
  print(("%d-%s"):format(n, m))

  if n % 2 == 0 then return false end
  for i = 3, math.floor(math.sqrt(n)), 2 do
    if n % i == 0 then return false end
  end
  return true
end

local function with_as_completed(ex)
  local numbers = {}
  local futures = {}
  for i, n in ipairs(PRIMES) do
    futures[i] = ex:submit(is_prime, n)
    numbers[futures[i]] = n
  end
  for future in pool.as_completed(futures) do
    print(("%d %s"):format(numbers[future], future:result()))
  end
end

local function with_submit(ex)
  for _, n in ipairs(PRIMES) do ex:submit(is_prime, n, 2) end
end

local function with_map(ex)
  for i, prime in ex:map(is_prime, PRIMES) do
    print(("%d is prime: %s"):format(PRIMES[i], prime))
  end
end

local function measure(title, way)
  print(title)
  local start = time.monotonic()
  do
    local ex <close> = pool.ProcessPoolExecutor()
    way(ex)
  end -- waits for what was submitted
  print(("%s took %.3f s"):format(title, time.monotonic() - start))
end

measure("as_completed", with_as_completed)
measure("submit", with_submit)
measure("map", with_map)
