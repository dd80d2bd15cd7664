-- Example concepts: the words that the documents begin with, as timelines.
-- Look at: in each picture time goes to the right, and # is when somebody was at it. Drinking,
-- smoking and eating, as in 004: one after the other (serial), by turns in one thread (concurrent),
-- at the same time in three (parallel). Then somebody rings up a clerk, who searches for the way. Who
-- asks for the answer is synchronous, who is called back asynchronous; who can play until then does
-- not block.
-- Who is busy watches the clock instead of working, so three are parallel on two processors, too.

local pool = require "braid.pool"
local sync = require "braid.sync"
local task = require "braid.task"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.2

-- One line for each name: its periods { from, to } are looked up in the middle of each delay.
local function draw(title, names, periods)
  local first, last = math.huge, 0
  for _, list in pairs(periods) do
    for _, period in ipairs(list) do
      first, last = math.min(first, period[1]), math.max(last, period[2])
    end
  end
  print(title)
  for _, name in ipairs(names) do
    local line = {}
    for at = first + DELAY / 2, last, DELAY do
      local mark = "."
      for _, period in ipairs(periods[name]) do
        if period[1] <= at and at < period[2] then mark = "#" end
      end
      line[#line + 1] = mark
    end
    print(("  %-8s%s"):format(name, table.concat(line)))
  end
end

-- Serial, concurrent, parallel ----------------------------------------------------------------

local pleasures = { "drink", "smoke", "eat" }

-- Three times one delay in which the thread can do nothing else; others may have their turn between.
local function enjoy()
  local periods = {}
  for i = 1, 3 do
    local from = time.monotonic()
    repeat until time.monotonic() >= from + DELAY
    periods[i] = { from, time.monotonic() }
    task.yield()
  end
  return periods
end

local function by_name(results)
  local periods = {}
  for i, name in ipairs(pleasures) do periods[name] = results[i] end
  return periods
end

draw("serial", pleasures, by_name { enjoy(), enjoy(), enjoy() })
draw("concurrent", pleasures, by_name(task.gather(enjoy, enjoy, enjoy)))
do
  local ex <close> = pool.ThreadPoolExecutor(3)
  local futures = { ex:submit(enjoy), ex:submit(enjoy), ex:submit(enjoy) }
  draw("parallel", pleasures, by_name(task.gather(table.unpack(futures))))
end

-- Synchronous or asynchronous, blocking or not ------------------------------------------------

local function search()
  local from = time.monotonic()
  time.sleep(5 * DELAY)
  return { from, time.monotonic() }
end

-- Hands the search out, waits for it in that way, and draws what both did meanwhile. A way may make
-- a move in a game, and returns the clerk's period.
local function call(title, way)
  local ex <close> = pool.ThreadPoolExecutor(1)
  local moves = {}
  local function play()
    local from = time.monotonic()
    time.sleep(DELAY)
    moves[#moves + 1] = { from, time.monotonic() }
  end
  local answer = way(ex:submit(search), play)
  draw(title, { "clerk", "game" }, { clerk = { answer }, game = moves })
end

call("synchronous, blocking: holds the line", function(future)
  return future:result()
end)

call("synchronous, not blocking: plays, and asks after each move", function(future, play)
  while not future:done() do play() end
  return future:result()
end)

call("asynchronous, blocking: is called back, and does nothing until then", function(future)
  local answer, rung = nil, sync.Event()
  future:add_done_callback(function(done)
    answer = done:result()
    rung:set()
  end)
  rung:wait()
  return answer
end)

call("asynchronous, not blocking: plays, and is called back", function(future, play)
  local answer
  future:add_done_callback(function(done) answer = done:result() end)
  repeat play() until answer -- which is there without asking
  return answer
end)
