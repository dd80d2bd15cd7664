-- The test framework: `braid tests/spec/runner.lua FILE…`; a stock interpreter runs it, too.
-- A file calls test(name, fn); fn calls expect(value):matcher(…) and
-- expect_error(fn, kind_or_pattern).
-- A file without a test and a test without an expectation fail. An expectation that fails inside
-- a task fails the test that is running, even when nobody takes the task's error.
-- BRAID_SPEC_VERBOSE=1 names each test before it runs, which tells where a program that hung was.

local here = (arg and arg[0] or ""):match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local verbose = os.getenv "BRAID_SPEC_VERBOSE" == "1"
local passed, failed = 0, 0
local tests = {}      -- those of the file that is being loaded
local current = { expectations = 0 }

local function show(value, depth)
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) ~= "table" or (getmetatable(value) or {}).__tostring or depth == 0 then
    return tostring(value)
  end
  local parts = {}
  for k, v in pairs(value) do
    local key = math.type(k) == "integer" and "" or show(k, 0) .. " = "
    parts[#parts + 1] = key .. show(v, (depth or 3) - 1)
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local function deep_equal(a, b, seen)
  if rawequal(a, b) then return true end
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  if seen[a] == b then return true end
  seen[a] = b
  for k, v in pairs(a) do
    if not deep_equal(v, b[k], seen) then return false end
  end
  for k in pairs(b) do
    if a[k] == nil then return false end
  end
  return true
end

-- `level` is that of the caller of the matcher, as seen from here.
local function check(condition, level, format, ...)
  current.expectations = current.expectations + 1
  if condition then return end
  local where = debug.getinfo(level + 1, "Sl")
  local message = format:format(...)
  current.failure = current.failure
    or { where = ("%s:%d"):format(where.short_src, where.currentline), message = message,
         traceback = debug.traceback(nil, level + 1) }
  error(message, level + 1)
end

local Expectation = {}
Expectation.__index = Expectation

function Expectation:equals(expected)
  check(self.value == expected, 2, "expected %s, got %s", show(expected), show(self.value))
end

function Expectation:same(expected)
  check(deep_equal(self.value, expected, {}), 2, "expected the same as %s, got %s",
    show(expected), show(self.value))
end

function Expectation:is_true()
  check(self.value == true, 2, "expected true, got %s", show(self.value))
end

function Expectation:is_false()
  check(self.value == false, 2, "expected false, got %s", show(self.value))
end

function Expectation:is_nil()
  check(self.value == nil, 2, "expected nil, got %s", show(self.value))
end

function Expectation:matches(pattern)
  check(type(self.value) == "string" and self.value:find(pattern) ~= nil, 2,
    "expected a string matching %q, got %s", pattern, show(self.value))
end

function Expectation:lacks(pattern)
  check(type(self.value) == "string" and not self.value:find(pattern), 2,
    "expected a string without %q, got %s", pattern, show(self.value))
end

function Expectation:at_least(least)
  check(self.value >= least, 2, "expected at least %s, got %s", show(least), show(self.value))
end

function Expectation:at_most(most)
  check(self.value <= most, 2, "expected at most %s, got %s", show(most), show(self.value))
end

function test(name, fn) -- luacheck: ignore
  local where = debug.getinfo(2, "Sl")
  tests[#tests + 1] = { name = name, fn = fn, line = where.currentline }
end

function expect(value) -- luacheck: ignore
  return setmetatable({ value = value }, Expectation)
end

-- Calls fn, which must raise an error of that kind or with a text that has the pattern. Returns
-- the error.
function expect_error(fn, kind_or_pattern) -- luacheck: ignore
  local raised = table.pack(pcall(fn))
  check(not raised[1], 2, "expected an error, got %s", show(raised[2]))
  local err = raised[2]
  if kind_or_pattern then
    local fits = type(err) == "table" and err.kind == kind_or_pattern
      or tostring(err):find(kind_or_pattern) ~= nil
    check(fits, 2, "expected an error of %q, got %s", kind_or_pattern, show(err))
  end
  return err
end

local function report(file, line, name, failure)
  failed = failed + 1
  print(("FAIL %s: %s: %s"):format(failure.where or file .. ":" .. line, name, failure.message))
  if failure.traceback then print((failure.traceback:gsub("[^\n]+", "    %0"))) end
end

local function with_traceback(err)
  return { message = tostring(err), traceback = debug.traceback(nil, 2) }
end

local function run_test(file, one)
  if verbose then io.stderr:write(("%s:%d: %s\n"):format(file, one.line, one.name)) end
  current = { expectations = 0 }
  local ok, failure = xpcall(one.fn, with_traceback)
  failure = current.failure or not ok and failure or nil
  if not failure and current.expectations == 0 then failure = { message = "no expectation" } end
  if failure then
    report(file, one.line, one.name, failure)
  else
    passed = passed + 1
  end
end

local function run_file(file)
  tests = {}
  local chunk, message = loadfile(file)
  local ok, failure = chunk ~= nil, { message = message }
  if chunk then ok, failure = xpcall(chunk, with_traceback) end
  if not ok then return report(file, 1, "loading", failure) end
  local own = tests
  if #own == 0 then return report(file, 1, "loading", { message = "the file has no test" }) end
  for _, one in ipairs(own) do run_test(file, one) end
end

for _, file in ipairs(arg) do run_file(file) end
if #arg == 0 then report("runner", 0, "arguments", { message = "no file given" }) end
print(("%d passed, %d failed"):format(passed, failed))
io.stdout:flush()
-- With nothing failed the program ends by itself, so that a test that leaves a unit waiting
-- for ever is found by the deadlock report.
if failed > 0 then os.exit(1) end
