-- Calls and small integers: the naive Fibonacci function.
local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

local start = os.clock()
assert(fib(31) == 1346269)
print(("fib %.4g ms"):format((os.clock() - start) * 1e3))
