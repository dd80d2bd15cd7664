-- Example concepts: the timelines show what their titles say.

local support = require "support"

-- The pictures by the first words of their titles: name -> line.
local function pictures(lines)
  local found, title = {}, nil
  for _, line in ipairs(lines) do
    local name, marks = line:match "^  (%a+) +([.#]+)$"
    if name then
      found[title][name] = marks
    else
      title = line:match "^[^:]*"
      found[title] = {}
    end
  end
  return found
end

local function columns(picture)
  local list = {}
  for _, marks in pairs(picture) do
    for i = 1, #marks do
      list[i] = (list[i] or 0) + (marks:sub(i, i) == "#" and 1 or 0)
    end
  end
  return list
end

local function most_at_once(picture) return math.max(table.unpack(columns(picture))) end

-- Every delay in which somebody was busy is seen, one by one, however long it took.
local function times_busy(marks) return select(2, marks:gsub("#", "")) end

test("concepts: seven timelines", function()
  local lines, _, err, status = support.example("concepts/concepts_timelines.lua", 0.1)
  local of = pictures(lines)

  local serial = of.serial
  expect(most_at_once(serial)):equals(1)
  expect(serial.drink):matches "^###+%.+$"
  expect(serial.smoke):matches "^%.+###+%.+$"
  expect(serial.eat):matches "^%.+###+$"

  local concurrent = of.concurrent
  expect(most_at_once(concurrent)):equals(1)
  expect(concurrent.drink):matches "^#+%.+#+%.+#+%.+$"
  expect(concurrent.smoke):matches "^%.+#+%.+#+%.+#+%.+$"
  expect(concurrent.eat):matches "^%.+#+%.+#+%.+#+$"

  expect(most_at_once(of.parallel)):at_least(2)
  for _, marks in pairs(of.parallel) do expect(times_busy(marks)):at_least(3) end

  for _, how in ipairs { "synchronous", "asynchronous" } do
    local blocking, playing = of[how .. ", blocking"], of[how .. ", not blocking"]
    expect(times_busy(blocking.clerk)):at_least(5)
    expect(times_busy(blocking.game)):equals(0)
    expect(times_busy(playing.clerk)):at_least(5)
    expect(most_at_once(playing)):equals(2)
  end
  expect(err):equals ""
  expect(status):equals(0)
end)
